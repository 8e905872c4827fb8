// What every step begins with: the plan, and whether there is anything left to do.
#pragma once

#include <visionshard/distribute.h>

#include <string>

#include "base/catch_to_result.h"
#include "distribute/cluster_paths.h"
#include "distribute/layout_file.h"

namespace visionshard::distribute {

struct ClusterJob {
  JobPlan plan;
  JobPaths paths;
  bool is_sealed = false;
};

/// The job in `work`. not_ready where no plan is there; failed where it is sealed and a file has gone since.
RunResult<ClusterJob> open_job(const std::string& work);

/// Whether it is sealed.
bool has_manifest(const JobPaths& paths);

/// Fault: it is sealed, and a file has gone since.
RunResult<void> check_sealed(const JobPaths& paths);

/// Whether it has been sealed meanwhile: a step that then finds files missing has nothing left to do.
bool is_sealed_by_now(const ClusterJob& job);

/// How many shards a sealed job has, by its manifest. Fault: it is damaged.
RunResult<std::uint64_t> sealed_shards(const ClusterJob& job);

/// The job's layout. not_ready where it has not been merged.
RunResult<Layout> open_layout(const ClusterJob& job);

/// The parts without a record that holds, ascending.
RunResult<std::vector<std::uint64_t>> missing_parts(const ClusterJob& job);

/// The shards that are not there in whole, ascending.
RunResult<std::vector<std::uint64_t>> missing_shards(const ClusterJob& job, const Layout& layout);

/// The items of these shares, in their order, each once. refused: an index that is not below its number of tasks.
RunResult<std::vector<std::uint64_t>> items_of(const std::vector<TaskShare>& shares, std::uint64_t items);

/// The outcome of `work(outcome)`, which returns RunResult<void>; `if_interrupted` is its message where it was
/// interrupted. Never throws.
template <class Outcome, class Work>
Outcome outcome_of(const char* if_interrupted, Work work) {
  return visionshard::catch_to_result<Outcome>([&](Outcome& outcome) {
    RunResult<void> done = work(outcome);
    if (done) return;
    outcome.status = done.error().status;
    outcome.message = outcome.status == RunStatus::interrupted ? if_interrupted : std::move(done.error().message);
  });
}

/// A step of the job in `work`: what `step(job, outcome)` says. Of a job that is sealed, before the step or by its end,
/// what `take_sealed(job, outcome)` does: whoever was late finds files gone, and nothing left to do. Never throws.
template <class Outcome, class Step, class TakeSealed>
Outcome job_step(const std::string& work, const std::atomic<bool>& stop, const char* if_interrupted, Step step,
                 TakeSealed take_sealed) {
  return outcome_of<Outcome>(if_interrupted, [&](Outcome& outcome) -> RunResult<void> {
    auto job = VISIONSHARD_TRY(open_job(work));
    if (job.is_sealed) return take_sealed(job, outcome);
    auto done = step(job, outcome);
    if (!done && !stop && is_sealed_by_now(job)) return take_sealed(job, outcome);
    return done;
  });
}

}  // namespace visionshard::distribute
