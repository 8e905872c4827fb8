// Where order is made: batches arrive in input order and get their line numbers, shards and counts.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <memory>
#include <string>
#include <vector>

#include "pipeline/batch.h"
#include "report/rejected.h"
#include "shard/plan.h"

namespace visionshard::pipeline {

/// Each function is called by one thread at a time and for the batches in their order; different functions may run at
/// once, on different batches.
class Committer {
 public:
  Committer(const ConvertOptions& options, std::vector<std::string> sources);

  /// Numbers the lines, records the rejected, counts, and decides which bytes go where: fills segments and closed.
  RunResult<void> commit(Batch& batch);

  /// Whether a shard's bytes can be read back, so that some may be left out of digest().
  bool keeps_bytes() const noexcept { return !directory_.empty(); }

  /// Gives a shard that is complete (ShardFile::hash_rest) its final name; in the order of the shards.
  RunResult<void> publish(shard::ShardFile& shard);

  /// After the last batch: the last shard and rejected.jsonl.
  RunResult<void> finish();

  const RunReport& report() const noexcept { return report_; }
  RunReport take_report() noexcept { return std::move(report_); }
  /// Shards that carry their final name.
  const std::vector<ShardInfo>& finished_shards() const noexcept { return finished_; }

 private:
  std::string in_directory(std::string_view name) const;
  RunResult<void> add_written(Batch& batch, LineRecord& record);
  RunResult<void> add_rejected(const Batch& batch, const LineRecord& record);
  void count_conversions(image::Conversions conversions);
  void add_measured(const Batch& batch, const LineRecord& record, const ImageSlot& slot);

  std::string directory_;
  std::string prefix_;
  bool measure_;
  RunReport report_;
  report::RejectedFile rejected_;
  shard::ShardPlanner planner_;
  std::uint64_t shards_opened_ = 0;
  std::shared_ptr<shard::ShardFile> open_shard_;
  std::vector<ShardInfo> finished_;
};

}  // namespace visionshard::pipeline
