// Where order is made: batches arrive in input order and get their line numbers, shards and counts.
#pragma once

#include <visionshard/convert.h>
#include <visionshard/options.h>
#include <visionshard/report.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "convert/convert_batch.h"
#include "convert/duplicate_filter.h"
#include "output/checkpoint.h"
#include "output/journal.h"
#include "output/part_index.h"
#include "output/rejected.h"
#include "output/shard_planner.h"
#include "report/gallery.h"

namespace visionshard::conversion {

/// Each function is called by one thread at a time and for the batches in their order; different functions may run at
/// once, on different batches.
class Committer {
 public:
  /// `on_shard` may be none, or else is told of each shard published.
  Committer(const ConvertOptions& options, std::vector<std::string> sources, OnShard on_shard = {});

  /// Before the first batch: what is committed and published from now on is told to the journal.
  void keep_journal(output::Journal journal) { journal_ = std::move(journal); }

  /// Before the first batch: images of what is committed from now on are noted for the report.
  void keep_gallery(report::Gallery gallery) { gallery_ = std::move(gallery); }

  /// Before the first batch, and before resume(): an example that is written like an earlier one is left out.
  void drop_duplicates(engine::Budget& budget) { seen_ = std::make_unique<DuplicateFilter>(budget); }

  /// Before the first batch: what is committed from now on is told to the index, which must outlive the committer.
  void keep_index(output::PartIndex& index) { index_ = &index; }

  /// Before the first batch: goes on after `last`, with `shards` complete. To drop duplicates it reads them all.
  RunResult<void> resume(const output::Checkpoint& last, std::vector<ShardInfo> shards,
                         const KeepRunning& keep_running);

  /// Numbers the lines, records the rejected, counts, and decides which bytes go where: fills segments and closed.
  RunResult<void> commit(ConvertBatch& batch);

  /// Completes a shard and records that in the journal, then gives it its final name; in the order of the shards.
  RunResult<void> publish(output::ShardFile& shard);

  /// After the last batch: the last shard and rejected.jsonl.
  RunResult<void> finish();

  const RunReport& report() const noexcept { return report_; }
  /// Of what has been committed, with `shard` empty and no place to go on from.
  output::Checkpoint checkpoint_of_counts() const;
  report::Gallery take_gallery() noexcept { return std::move(gallery_); }
  RunReport take_report() noexcept { return std::move(report_); }
  /// Shards that carry their final name.
  const std::vector<ShardInfo>& finished_shards() const noexcept { return finished_; }

 private:
  std::string in_directory(std::string_view name) const;
  // With the lines of these inputs.
  output::Checkpoint checkpoint(std::size_t first_input, std::size_t end_input) const;
  RunResult<void> add_written(ConvertBatch& batch, line::LineRecord& record);
  RunResult<void> open_shard(ConvertBatch& batch, const line::LineRecord& record);
  RunResult<void> take_checkpoint(const ConvertBatch& batch, const line::LineRecord& record);
  RunResult<void> add_rejected(const ConvertBatch& batch, const line::LineRecord& record);
  void add_hidden_image(const ConvertBatch& batch, const line::LineRecord& record);
  void count_images(const ConvertBatch& batch, const line::LineRecord& record, std::uint64_t offset);
  RunResult<void> see_finished_shards(const KeepRunning& keep_running);
  void count_image(const line::ImageTask& task);
  GalleryEntry entry_of(const ConvertBatch& batch, const line::LineRecord& record, std::string pointer) const;
  void add_measured(const ConvertBatch& batch, const line::LineRecord& record, const line::ImageTask& task);

  std::string directory_;
  std::string prefix_;
  bool measure_;
  RunReport report_;
  output::RejectedFile rejected_;
  output::ShardPlanner planner_;
  std::uint64_t shards_opened_ = 0;
  std::shared_ptr<output::ShardFile> open_shard_;
  std::vector<ShardInfo> finished_;
  std::string codec_self_test_;  // once it was needed
  Durability durability_;
  DigestOption digest_;
  output::Journal journal_;
  output::PartIndex* index_ = nullptr;
  OnShard on_shard_;
  report::Gallery gallery_;
  std::unique_ptr<DuplicateFilter> seen_;
  std::size_t untold_input_ = 0;  // the first whose lines may have changed since the last checkpoint
  std::mutex checkpoints_mutex_;
  std::map<std::uint64_t, output::Checkpoint> checkpoints_;  // of shards closed and not yet published, by index
};

}  // namespace visionshard::conversion
