// What every step begins with: the plan, and whether there is anything left to do.
#pragma once

#include <visionshard/distribute.h>

#include <optional>
#include <string>

#include "base/catch_to_result.h"
#include "distribute/cluster_paths.h"
#include "distribute/layout_file.h"

namespace visionshard::distribute {

struct Job {
  JobPlan plan;
  JobPaths paths;
  bool is_sealed = false;
};

/// Why a step cannot be done, in the terms of its outcome.
struct Refusal {
  RunStatus status;
  std::string message;
};

/// The job in `work`. not_ready where no plan is there; failed where it is sealed and a shard has gone since.
tl::expected<Job, Refusal> open_job(const std::string& work);

/// Whether it is sealed.
bool has_manifest(const JobPaths& paths);

/// Fault: it is sealed, and a shard has gone since.
RunResult<void> check_sealed(const JobPaths& paths);

/// Whether it has been sealed meanwhile: a step that then finds files missing has nothing left to do.
bool is_sealed_by_now(const Job& job);

/// How many shards a sealed job has, by its manifest. Fault: it is damaged.
RunResult<std::uint64_t> sealed_shards(const Job& job);

/// The job's layout. not_ready where it has not been merged.
tl::expected<Layout, Refusal> open_layout(const Job& job);

/// The parts without a record that holds, ascending.
RunResult<std::vector<std::uint64_t>> missing_parts(const Job& job);

/// The shards that are not there in whole, ascending.
RunResult<std::vector<std::uint64_t>> missing_shards(const Job& job, const Layout& layout);

/// The items of these shares, in their order, each once. refused: an index that is not below its number of tasks.
tl::expected<std::vector<std::uint64_t>, Refusal> items_of(const std::vector<TaskShare>& shares, std::uint64_t items);

inline Refusal failed(RunFault fault) { return {RunStatus::failed, std::move(fault.message)}; }

/// An outcome with what `work(outcome)` says, which returns tl::expected<void, Refusal>. Never throws.
template <class Outcome, class Work>
Outcome carried_out(Work work) {
  return visionshard::catch_to_result<Outcome>([&](Outcome& outcome) {
    tl::expected<void, Refusal> done = work(outcome);
    if (done) return;
    outcome.status = done.error().status;
    outcome.message = std::move(done.error().message);
  });
}

/// A step of the job in `work`: what `step(job, outcome)` says. Of a job that is sealed, before the step or by its end,
/// what `take_sealed(job, outcome)` does: whoever was late finds files gone, and nothing left to do. Never throws.
template <class Outcome, class Step, class TakeSealed>
Outcome job_step(const std::string& work, const std::atomic<bool>& stop, Step step, TakeSealed take_sealed) {
  return carried_out<Outcome>([&](Outcome& outcome) -> tl::expected<void, Refusal> {
    auto job = open_job(work);
    if (!job) return tl::unexpected(std::move(job.error()));
    if (job->is_sealed) return take_sealed(*job, outcome);
    auto done = step(*job, outcome);
    if (!done && !stop && is_sealed_by_now(*job)) return take_sealed(*job, outcome);
    return done;
  });
}

}  // namespace visionshard::distribute
