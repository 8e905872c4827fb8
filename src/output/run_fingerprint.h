// What a run's bytes depend on: options, inputs, the program and its libraries.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "input/input_fingerprint.h"

namespace visionshard::output {

/// One line of JSON with its newline: every option that changes bytes, every limit, every input, the versions of the
/// program and of `libraries`.
std::string fingerprint_line(const ConvertOptions& options, const std::vector<input::InputFingerprint>& sources,
                             std::string_view libraries);

/// What differs between two of them, in words: the first key, and what it was and is. Nothing where they are equal.
std::optional<std::string> difference(std::string_view then, std::string_view now);

/// The same of the finished run in `directory`: its options, and paths and sizes of its inputs, by manifest.json; the
/// profile's rules and when the inputs were modified by run.json, where it is there. Fault: one cannot be read.
RunResult<std::optional<std::string>> difference_from_finished_run(const std::string& directory,
                                                                   const ConvertOptions& options,
                                                                   const std::vector<std::string>& sources);

}  // namespace visionshard::output
