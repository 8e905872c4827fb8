// What the lists of --exclude name, as one file beside the parts: the lists themselves may change or not be there on
// another machine.
#pragma once

#include <memory>
#include <string>

#include "distribute/cluster_paths.h"
#include "exclusion/exclusions.h"

namespace visionshard::distribute {

/// The text of that file; empty where the plan has no lists. Sets the lists' digests and the file's in the plan.
/// Faults: as exclusion::read_lists().
RunResult<std::string> exclusions_text(JobPlan& plan, const std::vector<std::string>& sources,
                                       std::uint64_t memory_bytes, const KeepRunning& keep_running);

/// Nothing where the plan has no lists. Fault: the file is gone or damaged.
RunResult<std::shared_ptr<const exclusion::Exclusions>> read_exclusions(const JobPaths& paths, const JobPlan& plan);

}  // namespace visionshard::distribute
