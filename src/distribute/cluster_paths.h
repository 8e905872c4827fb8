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
      : work(work_folder),
        prefix(plan.options.output.prefix),
        base(fmt::format("{}/{}/{}", work, output::work_directory_name, plan.id)),
        parts(base + "/parts"),
        shards(base + "/shards") {}

  std::string exclusions() const { return base + "/exclusions"; }
  std::string part_record(std::uint64_t number) const { return fmt::format("{}/{:06}.done", parts, number); }
  std::string part_attempt(std::uint64_t number, const std::string& attempt) const {
    return fmt::format("{}/{:06}.{}", parts, number, attempt);
  }
  std::string shard_record(std::uint64_t index) const { return fmt::format("{}/{:05}.done", shards, index); }
  std::string shard_attempt(std::uint64_t index, const std::string& attempt) const {
    return fmt::format("{}/{:05}.{}", shards, index, attempt);
  }
  std::string shard(std::uint64_t index) const { return fmt::format("{}/{}", work, output::shard_name(prefix, index)); }
  std::string in_work(std::string_view name) const { return fmt::format("{}/{}", work, name); }

  std::string work, prefix, base, parts, shards;
};

}  // namespace visionshard::distribute
