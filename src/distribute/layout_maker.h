// From the parts' records to where each shard begins and ends.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/keep_running.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "output/part_index.h"
#include "output/shard_planner.h"

namespace visionshard::distribute {

/// So many records are read between two questions whether to go on.
inline constexpr std::uint64_t asked_each_records = 4096;

/// Puts the examples in input order, less the duplicates, into shards, by the planner that convert uses: 16 bytes an
/// example are read, and nothing is kept of them. Not thread-safe.
class LayoutMaker {
 public:
  /// `duplicates`: places of examples that are left out, ascending. Where they lie goes to the file `drops_path`. `job`
  /// and `keep_running` must outlive the maker.
  LayoutMaker(const ClusterJob& job, RecordReader<std::uint64_t> duplicates, const std::string& drops_path,
              const KeepRunning& keep_running)
      : paths_(job.paths),
        planner_(job.plan.options.limits.max_shard_bytes, job.plan.options.limits.max_image_examples),
        duplicates_(std::move(duplicates)),
        drops_(drops_path),
        keep_running_(keep_running) {}

  /// The next part. Faults: its index cannot be read, or differs from its record.
  RunResult<void> add(const PartRecord& record);

  /// Behind the last part; the drops are on the disk then. drops_name is left empty.
  RunResult<Layout> finish();

 private:
  using Tallies = std::vector<output::ExampleTally>;

  RunResult<Tallies> tallies_of(const PartRecord& part) const;
  RunResult<bool> is_next_duplicate(std::uint64_t place);
  void place(std::uint64_t part, std::uint64_t offset, const output::ExampleRecord& example);
  RunResult<void> leave_out(std::uint64_t part, std::uint64_t offset, const output::ExampleRecord& example,
                            const Tallies& tallies);

  const JobPaths& paths_;
  output::ShardPlanner planner_;
  RecordReader<std::uint64_t> duplicates_;
  std::uint64_t next_duplicate_ = 0;
  bool began_ = false;
  RecordWriter<DropRecord> drops_;
  const KeepRunning& keep_running_;
  std::uint64_t drops_written_ = 0;
  std::map<output::ExampleTally, std::pair<std::uint64_t, std::uint64_t>> dropped_;
  Layout layout_;
};

}  // namespace visionshard::distribute
