// The steps of a job whose plan is at hand. Each is as its public function says, and fails where that has a status.
#pragma once

#include <visionshard/distribute.h>

#include <atomic>
#include <functional>
#include <vector>

#include "distribute/cluster_job.h"
#include "input/source_list.h"
#include "store/store_reader.h"

namespace visionshard::distribute {

/// The plan of `options`, but for a loss of all images; `store` is the one that they name, if any, and `exclusions`
/// receives the text of what the lists name. Faults: the inputs cannot be read again; a file, or a list, cannot be
/// read.
RunResult<JobPlan> plan_without_loss(const PlanOptions& options, const std::vector<std::string>& sources,
                                     const store::StoreReader* store, std::string& exclusions,
                                     const std::atomic<bool>& stop);

/// Makes the job's folders and publishes the plan; of a job that is planned alike it only makes the folders.
RunResult<void> publish_plan(JobPlan& plan, const JobPaths& paths, const std::string& exclusions,
                             Durability durability);

RunResult<void> map(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop,
                    const Progress& progress, const OnStall& on_stall, TaskOutcome& outcome);
RunResult<void> merge(const ClusterJob& job, const MergeResources& resources, const std::atomic<bool>& stop,
                      MergeOutcome& outcome);
RunResult<void> pack(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop,
                     const Progress& progress, TaskOutcome& outcome);
/// `complete` is called before the reports are written, and may be empty.
RunResult<void> seal(const ClusterJob& job, bool sync, const std::atomic<bool>& stop,
                     const std::function<void(RunReport& report)>& complete, RunReport& report);

}  // namespace visionshard::distribute
