// Gives lines their numbers, their shards and their counts; batches arrive in input order.
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
#include "convert/method_filter.h"
#include "output/checkpoint.h"
#include "output/image_folder.h"
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
  /// `on_shard`, if set, is called for each shard published.
  Committer(const ConvertOptions& options, std::vector<std::string> sources, OnShard on_shard = {});

  /// Call before the first batch: records each published shard in the journal.
  void keep_journal(output::Journal journal) { journal_ = std::move(journal); }

  /// Call before the first batch: notes images for the report.
  void keep_gallery(report::Gallery gallery) { gallery_ = std::move(gallery); }

  /// Call before the first batch and before resume(): leaves out an example that is written like an earlier one.
  void drop_duplicates(engine::Budget& budget) { seen_ = std::make_unique<DuplicateFilter>(budget); }

  /// Call before the first batch: writes images as files into the run's folder.
  void keep_images(std::unique_ptr<output::ImageFolder> images) { images_ = std::move(images); }

  /// Call before the first batch: adds each line to the index, which must outlive the committer.
  void keep_index(output::PartIndex& index) { index_ = &index; }

  /// Call before the first batch: the methods of the corpus (example::method), of which this is a part.
  void set_methods(std::uint8_t methods) noexcept { methods_.set_methods(methods); }

  /// Call before the first batch: continues after `last`, with `shards` complete. To drop duplicates, it reads them
  /// all.
  RunResult<void> resume(const output::Checkpoint& last, std::vector<ShardInfo> shards,
                         const KeepRunning& keep_running);

  /// Numbers and counts the lines, records the rejected ones, and fills the batch's segments and closed shards.
  RunResult<void> commit(ConvertBatch& batch);

  /// Completes a shard, records it in the journal, then gives it its final name. To be called in the order of the
  /// shards.
  RunResult<void> publish(output::ShardFile& shard);

  /// Call after the last batch: completes the last shard and rejected.jsonl.
  RunResult<void> finish();

  const RunReport& report() const noexcept { return report_; }
  /// The counts of the lines committed so far, with no shard and no position.
  output::Checkpoint checkpoint_of_counts() const;
  report::Gallery take_gallery() noexcept { return std::move(gallery_); }
  RunReport take_report() noexcept { return std::move(report_); }
  /// Shards that have their final name.
  const std::vector<ShardInfo>& finished_shards() const noexcept { return finished_; }

 private:
  std::string in_directory(std::string_view name) const;
  // With the lines of inputs first_input to end_input - 1.
  output::Checkpoint checkpoint(std::size_t first_input, std::size_t end_input) const;
  bool add_run(ConvertBatch& batch, const UntouchedRun& run);
  RunResult<void> add_written(ConvertBatch& batch, line::LineRecord& record);
  RunResult<void> open_shard(ConvertBatch& batch, const line::LineRecord& record);
  RunResult<void> take_checkpoint(const ConvertBatch& batch, const line::LineRecord& record);
  RunResult<void> add_rejected(const ConvertBatch& batch, const line::LineRecord& record);
  void add_excluded(const ConvertBatch& batch, const line::LineRecord& record);
  void add_hidden_image(const ConvertBatch& batch, const line::LineRecord& record);
  void count_images(const ConvertBatch& batch, const line::LineRecord& record, std::uint64_t offset);
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
  std::unique_ptr<output::ImageFolder> images_;  // nullptr: images stay in the lines, or nothing is written
  std::unique_ptr<DuplicateFilter> seen_;
  MethodFilter methods_;
  std::size_t first_unsaved_input_ = 0;  // the first whose lines may have changed since the last checkpoint
  std::mutex checkpoints_mutex_;
  std::map<std::uint64_t, output::Checkpoint> checkpoints_;  // of shards closed and not yet published, by index
};

}  // namespace visionshard::conversion
