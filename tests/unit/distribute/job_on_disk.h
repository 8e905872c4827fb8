// A job of parts that are on the disk without a conversion.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "../../support/temporary_directory.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "output/verify_unmodified.h"

namespace visionshard::distribute {

class JobOnDisk : public testing::Test {
 protected:
  JobOnDisk() {
    JobPlan plan;
    plan.options.limits.max_shard_bytes = 100;
    plan.part_bytes = 10;
    plan.files = {{"a", "/a", 20, 0, true}};
    plan_text(plan);
    const JobPaths paths(directory_.path().native(), plan);
    job_ = {std::move(plan), paths};
    std::filesystem::create_directories(paths.parts);
    std::filesystem::create_directories(paths.shards);
  }

  // A part with examples of so many bytes each, each with one image, by an attempt called "try".
  PartRecord make_part(std::uint64_t number, const std::vector<std::uint64_t>& example_bytes) {
    PartRecord record;
    record.part = number;
    record.attempt = "try";
    record.host = "host";
    const std::string folder = job_.paths.part_attempt(number, record.attempt);
    std::filesystem::create_directory(folder);
    output::PartIndex index(folder, number, Duplicates::drop);
    for (const std::uint64_t bytes : example_bytes) {
      output::ExampleTally tally;
      tally.kept = 1;
      EXPECT_TRUE(index.add_written({.bytes = bytes}, tally, {bytes, 0}));
      record.checkpoint.shard.bytes += bytes;
    }
    record.index = index.finish(Durability::none).value();
    directory_.write(
        std::filesystem::path(data_path(job_.paths, record)).lexically_relative(directory_.path()).native(),
        std::string(record.checkpoint.shard.bytes, 'x'));
    record.written = output::write_times(paths_of_files(job_.paths, record));
    return record;
  }

  void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

  test::TemporaryDirectory directory_;
  ClusterJob job_{.plan = {}, .paths = JobPaths("", {})};
};

}  // namespace visionshard::distribute
