// Checks a finished run by its manifest.
#pragma once

#include <visionshard/convert.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::conversion {

/// Fault: the manifest in `directory` cannot be read, or a file of the run is missing or has another size: a shard,
/// rejected.jsonl, or, as their number and bytes show, an image. `check` compares digests as well. `next_step` ends the
/// message.
RunResult<void> check_complete_run(const std::string& directory, const char* next_step);

/// What --resume says of a finished run in the output directory: done where it is one of these options and sources.
RunOutcome take_complete_run(const ConvertOptions& options, const std::vector<std::string>& sources);

}  // namespace visionshard::conversion
