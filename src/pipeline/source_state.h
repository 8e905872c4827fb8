// Inputs as they are now, to tell later whether they still are.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "report/fingerprint.h"

namespace visionshard::pipeline {

/// Size, time and the digest of a few evenly spaced samples of each file. Standard input has none of these. Fault: a
/// file cannot be read.
RunResult<std::vector<report::SourceState>> states_of(const std::vector<std::string>& sources);

}  // namespace visionshard::pipeline
