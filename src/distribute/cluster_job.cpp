#include "distribute/cluster_job.h"

#include <algorithm>
#include <filesystem>

#include "convert/complete_run.h"
#include "distribute/part_record.h"
#include "distribute/shard_record.h"
#include "output/manifest_reader.h"

namespace visionshard::distribute {

bool has_manifest(const JobPaths& paths) {
  std::error_code error;
  return std::filesystem::is_regular_file(paths.in_work(output::manifest_name), error);
}

RunResult<ClusterJob> open_job(const std::string& work) {
  auto plan = VISIONSHARD_TRY(read_plan(work));
  if (!plan)
    return run_fault(fmt::format("{}: holds no {} yet; run visionshard plan first", work, output::plan_name),
                     RunStatus::not_ready);
  const JobPaths paths(work, *plan);
  ClusterJob job{std::move(*plan), paths};
  job.is_sealed = has_manifest(job.paths);
  VISIONSHARD_TRY(check_sealed(job.paths));
  return job;
}

RunResult<void> check_sealed(const JobPaths& paths) {
  return has_manifest(paths)
             ? conversion::check_complete_run(paths.work, "visionshard plan --force makes the job again")
             : RunResult<void>();
}

bool is_sealed_by_now(const ClusterJob& job) {
  const auto plan = read_plan(job.paths.work);
  return plan && *plan && (*plan)->id == job.plan.id && has_manifest(job.paths);
}

RunResult<std::uint64_t> sealed_shards(const ClusterJob& job) {
  const auto shards = VISIONSHARD_TRY(output::read_manifest_shards(job.paths.in_work(output::manifest_name)));
  return shards.size();
}

RunResult<Layout> open_layout(const ClusterJob& job) {
  auto layout = VISIONSHARD_TRY(read_layout(job.paths, job.plan));
  if (!layout)
    return run_fault(
        fmt::format("{}: holds no {} yet; run visionshard merge first", job.paths.work, output::layout_name),
        RunStatus::not_ready);
  return std::move(*layout);
}

RunResult<std::vector<std::uint64_t>> missing_parts(const ClusterJob& job) {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
    auto record = VISIONSHARD_TRY(read_part_record(job.paths, job.plan, number));
    if (!record) missing.push_back(number);
  }
  return missing;
}

RunResult<std::vector<std::uint64_t>> missing_shards(const ClusterJob& job, const Layout& layout) {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t i = 0; i < layout.shards.size(); ++i) {
    auto record = VISIONSHARD_TRY(read_shard_record(job.paths, job.plan, i, layout.shards[i]));
    if (!record) missing.push_back(i);
  }
  return missing;
}

RunResult<std::vector<std::uint64_t>> items_of(const std::vector<TaskShare>& shares, std::uint64_t items) {
  std::vector<std::uint64_t> all;
  std::vector<bool> taken(items, false);
  for (const TaskShare& share : shares) {
    const std::uint64_t tasks = share.tasks > 0 ? share.tasks : items;
    // Where there is nothing to do, no index is too large for it.
    if (share.index >= tasks && (share.tasks > 0 || items > 0))
      return refusal(fmt::format("task {} is not below the number of tasks, {}; give it with --task I/A or --tasks A",
                                 share.index, tasks));
    for (std::uint64_t item = share.index; item < items; item += tasks) {
      if (!taken[item]) all.push_back(item);
      taken[item] = true;
      if (tasks >= items - item) break;  // before the sum overflows
    }
  }
  return all;
}

}  // namespace visionshard::distribute

namespace visionshard {

std::string array_spec(const std::vector<std::uint64_t>& sorted) {
  std::string spec;
  for (std::size_t i = 0, last; i < sorted.size(); i = last + 1) {
    for (last = i; last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1;) ++last;
    spec += fmt::format("{}{}", spec.empty() ? "" : ",", sorted[i]);
    if (last > i) spec += fmt::format("-{}", sorted[last]);
  }
  return spec;
}

std::vector<std::uint64_t> tasks_of(const std::vector<std::uint64_t>& items, std::uint64_t tasks) {
  if (tasks == 0) return items;
  std::vector<std::uint64_t> all;
  for (const std::uint64_t item : items) all.push_back(item % tasks);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

JobStatus job_status(const std::string& work) {
  return distribute::outcome_of<JobStatus>("interrupted", [&](JobStatus& status) -> RunResult<void> {
    auto job = VISIONSHARD_TRY(distribute::open_job(work));
    status.plan = job.plan.id;
    status.parts = job.plan.parts();
    status.sealed = job.is_sealed;
    const auto layout = VISIONSHARD_TRY(distribute::read_layout(job.paths, job.plan));
    status.merged = layout.has_value();
    if (status.merged) status.shards = layout->shards.size();
    if (status.sealed) return {};
    status.missing_parts = VISIONSHARD_TRY(distribute::missing_parts(job));
    if (!status.merged) return {};
    status.missing_shards = VISIONSHARD_TRY(distribute::missing_shards(job, *layout));
    return {};
  });
}

}  // namespace visionshard
