// Checks a finished run by its manifest.
#pragma once

#include <string>

#include "base/result.h"

namespace visionshard::conversion {

/// Fault: the manifest in `directory` cannot be read, or a shard that it names is missing or has another size. `check`
/// compares digests as well. `next_step` ends the message.
RunResult<void> check_complete_run(const std::string& directory, const char* next_step);

}  // namespace visionshard::conversion
