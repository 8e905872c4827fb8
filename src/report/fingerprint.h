// What a run's bytes depend on: options, inputs, the program and its libraries.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace visionshard::report {

/// An input as it was when the run began.
struct SourceState {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::string sample;            // digest of parts of it

  bool operator==(const SourceState&) const = default;
};

/// One line of JSON with its newline: every option that changes bytes, every limit, every input, the versions of the
/// program and of `libraries`. Pure.
std::string fingerprint_line(const ConvertOptions& options, const std::vector<SourceState>& sources,
                             std::string_view libraries);

/// What differs between two of them, in words: the first key, and what it was and is. Nothing where they are equal.
std::optional<std::string> difference(std::string_view then, std::string_view now);

/// The same of the finished run whose manifest is at `path`, as far as a manifest tells: options, paths and sizes.
/// Fault: it cannot be read.
RunResult<std::optional<std::string>> difference_from_manifest(const std::string& path, const ConvertOptions& options,
                                                               const std::vector<std::string>& sources);

}  // namespace visionshard::report
