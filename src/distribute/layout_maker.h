// From the parts' records to where each shard begins and ends.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/external_sort.h"
#include "base/keep_running.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "distribute/small_examples.h"
#include "output/part_index.h"
#include "output/shard_planner.h"

namespace visionshard::distribute {

/// So many records are read between two questions whether to go on.
inline constexpr std::uint64_t asked_each_records = 4096;

/// Places of examples in ascending order, asked for in ascending order. Not thread-safe.
class Places {
 public:
  explicit Places(RecordReader<std::uint64_t> reader) : reader_(std::move(reader)) {}

  RunResult<bool> contain(std::uint64_t place) {
    if (!began_ || next_ < place) {
      began_ = true;
      const auto next = VISIONSHARD_TRY(reader_.next());
      next_ = next != nullptr ? *next : UINT64_MAX;
    }
    return next_ == place;
  }

 private:
  RecordReader<std::uint64_t> reader_;
  std::uint64_t next_ = 0;
  bool began_ = false;
};

/// Puts the examples of each side, less those that are left out, into shards, by the planner that convert uses: in
/// input order, or in that of the shuffle, for which 56 bytes an example are sorted on disk. Not thread-safe.
class LayoutMaker {
 public:
  /// Places of the duplicates and the near-duplicates to leave out, and of those that go to the validation side.
  struct Choice {
    Places duplicates, near_duplicates, validation;
  };
  /// Files of ranges begin with `path`. `job` and `keep_running` must outlive the maker.
  LayoutMaker(const ClusterJob& job, Choice choice, const std::string& path, const KeepRunning& keep_running);

  /// The next part. Faults: its index cannot be read, or differs from its record.
  RunResult<void> add(const PartRecord& record);

  /// After the last part; the ranges are on the disk then, in files that end with side_names. ranges_name is left
  /// empty.
  RunResult<Layout> finish();

 private:
  using Tallies = std::vector<output::ExampleTally>;

  // An example and where it lies, for the sort.
  struct OrderRecord {
    OrderKey key;
    std::uint64_t place;
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint32_t images;
    std::uint16_t side;
    std::uint16_t left_out;

    auto operator<=>(const OrderRecord&) const = default;
  };

  struct Side {
    output::ShardPlanner planner;
    RecordWriter<RangeRecord> ranges;
    std::vector<PlannedShard> shards{};
    RangeRecord last{};              // not yet among the ranges
    std::uint64_t ranges_begun = 0;  // it among them
  };

  RunResult<Tallies> tallies_of(const PartRecord& part) const;
  RunResult<void> place(std::size_t side, const RangeRecord& range, std::uint32_t images);
  RunResult<output::LeftOut> why_left_out(std::uint64_t place);
  RunResult<void> leave_out(std::uint64_t part, const output::ExampleRecord& example, const Tallies& tallies,
                            output::LeftOut reason);
  RunResult<void> place_in_order();

  const JobPaths& paths_;
  const bool shuffles_;
  const std::uint64_t seed_;
  Choice choice_;
  std::vector<Side> sides_;
  SortedRuns<OrderRecord> order_;
  const KeepRunning& keep_running_;
  std::map<std::pair<output::LeftOut, output::ExampleTally>, std::pair<std::uint64_t, std::uint64_t>> dropped_;
  Layout layout_;
};

}  // namespace visionshard::distribute
