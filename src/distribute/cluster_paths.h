// Where a job keeps what it is made of. The plan's id is in every path: a task of an older plan finds nothing.
#pragma once

#include <fmt/format.h>

#include <string>

#include "distribute/cluster_plan.h"
#include "output/run_directory.h"
#include "output/shard_planner.h"

namespace visionshard::distribute {

struct JobPaths {
  JobPaths(const std::string& work_folder, const JobPlan& plan)
      : JobPaths(work_folder, work_folder, fmt::format("{}/{}", work_folder, output::work_directory_name), plan) {}
  /// Of a job within a run of one machine, which has all but its results in the run's own folder.
  static JobPaths within_run(const std::string& directory, const JobPlan& plan) {
    const std::string home = fmt::format("{}/{}", directory, output::work_directory_name);
    return {directory, home, home, plan};
  }

  std::string exclusions() const { return base + "/exclusions"; }
  std::string part_record(std::uint64_t number) const { return fmt::format("{}/{:06}.done", parts, number); }
  std::string part_attempt(std::uint64_t number, const std::string& attempt) const {
    return fmt::format("{}/{:06}.{}", parts, number, attempt);
  }
  std::string shard_record(std::uint64_t index) const { return fmt::format("{}/{:05}.done", shards, index); }
  std::string shard_attempt(std::uint64_t index, const std::string& attempt) const {
    return fmt::format("{}/{:05}.{}", shards, index, attempt);
  }
  std::string in_work(std::string_view name) const { return fmt::format("{}/{}", work, name); }
  std::string in_home(std::string_view name) const { return fmt::format("{}/{}", home, name); }

  std::string work;  // the results
  std::string home;  // the plan and the layout
  std::string prefix, base, parts, shards;

 private:
  JobPaths(const std::string& work_folder, const std::string& home_folder, const std::string& jobs, const JobPlan& plan)
      : work(work_folder),
        home(home_folder),
        prefix(plan.options.output.prefix),
        base(fmt::format("{}/{}", jobs, plan.id)),
        parts(base + "/parts"),
        shards(base + "/shards") {}
};

}  // namespace visionshard::distribute
