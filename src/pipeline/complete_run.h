// A run that has its manifest, looked at from outside.
#pragma once

#include <string>

#include "base/result.h"

namespace visionshard::pipeline {

/// Fault: the manifest in `directory` cannot be read, or a shard that it names is not there in whole, or the
/// rejected.jsonl that it counts is not there. Sizes are compared; `check` compares digests as well.
RunResult<void> check_complete_run(const std::string& directory);

}  // namespace visionshard::pipeline
