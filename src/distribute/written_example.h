// One example out of a part.
#pragma once

#include <cstdint>
#include <string>

#include "distribute/cluster_job.h"

namespace visionshard::distribute {

/// The line of the example at `place` as its part has it, without the newline; empty where there is none. Reads the
/// index of the part up to there. Fault: a part cannot be read.
RunResult<std::string> written_example(const ClusterJob& job, std::uint64_t place);

}  // namespace visionshard::distribute
