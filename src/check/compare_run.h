// Whether the folder of a finished run holds what its manifest says.
#pragma once

#include <atomic>

#include "check/sources.h"
#include "check/tally.h"

namespace visionshard::checking {

/// Compares sizes, digests and counts of the shards, the rejected lines and the image files with the manifest, and its
/// counts with each other. After all lines were added to `tally`, which takes the findings. Fault: a file cannot be
/// read, or `stop` was set.
RunResult<void> compare_run(const CheckedRun& run, unsigned threads, const std::atomic<bool>& stop, CheckTally& tally);

}  // namespace visionshard::checking
