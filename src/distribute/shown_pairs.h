// What the report says of near-duplicates, once the lines of all parts are known.
#pragma once

#include <cstdint>
#include <vector>

#include "base/keep_running.h"
#include "distribute/cluster_job.h"

namespace visionshard::distribute {

/// The lines of a part's file that stand before it.
struct PartStart {
  std::size_t file = 0;
  std::uint64_t lines_before = 0;
};

/// Fills the report's near-duplicates, and the first examples that were left out for them, from what merge found.
/// Pictures are made of the parts, as many as can be in two seconds. `starts` has all parts. Fault: a part cannot be
/// read.
RunResult<void> show_near_duplicates(const ClusterJob& job, const NearDuplicatesFound& found,
                                     const std::vector<PartStart>& starts, const KeepRunning& keep_running,
                                     RunReport& report);

}  // namespace visionshard::distribute
