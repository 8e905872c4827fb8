// A run that has its manifest, looked at from outside.
#pragma once

#include <string>

#include "base/result.h"

namespace visionshard::conversion {

/// Fault: the manifest in `directory` cannot be read, or a shard that it names is not there in whole. Sizes are
/// compared; `check` compares digests as well. `way_on` ends the message.
RunResult<void> check_complete_run(const std::string& directory, const char* way_on);

}  // namespace visionshard::conversion
