#pragma once

#include <cstdint>
#include <string>

#include "distribute/cluster_job.h"
#include "output/example_keys.h"

namespace visionshard::distribute {

/// The SHA-256 of the image with this key in the example at `place`, as it is written; empty where it is there by URL,
/// or was converted. Fault: a part cannot be read.
RunResult<std::string> sha256_of_image(const ClusterJob& job, const output::HashKey& key, std::uint64_t place);

}  // namespace visionshard::distribute
