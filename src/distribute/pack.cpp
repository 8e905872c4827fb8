// Long ranges move from part to shard inside the kernel, which on some filesystems means that they do not move at all;
// the digest reads them back while they are in the page cache.
#include <algorithm>
#include <map>
#include <mutex>

#include "base/atomic_file.h"
#include "base/file_digest.h"
#include "base/for_each_index.h"
#include "base/machine.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/gathered_ranges.h"
#include "distribute/part_record.h"
#include "distribute/shard_record.h"
#include "distribute/steps.h"
#include "output/verify_unmodified.h"

namespace visionshard::distribute {
namespace {

class PackTask {
 public:
  // `memory_bytes`: for one shard at a time.
  PackTask(const ClusterJob& job, const Layout& layout, bool sync, std::uint64_t memory_bytes,
           const std::atomic<bool>& stop)
      : job_(job), layout_(layout), durability_(durability_of(sync)), memory_bytes_(memory_bytes), stop_(stop) {}

  // Whether this call published the shard.
  RunResult<bool> run(std::uint64_t index) const {
    const PlannedShard& planned = layout_.shards[index];
    auto there = VISIONSHARD_TRY(read_shard_record(job_.paths, job_.plan, index, planned));
    if (there) return false;
    auto file = VISIONSHARD_TRY(AtomicFile::create(job_.paths.shard_attempt(index, new_attempt()),
                                                   job_.paths.in_work(shard_name(job_.paths, planned)), durability_,
                                                   Temporary::removed));
    auto ranges =
        VISIONSHARD_TRY(RecordReader<RangeRecord>::open(ranges_path(job_.paths, layout_.ranges_name, planned.side),
                                                        layout_.ranges_bytes[planned.side], planned.first_range));
    GatheredRanges gathered(memory_bytes_, [this](std::uint64_t source) { return open_source(source); });
    for (std::uint64_t left = planned.bytes; left > 0;) {
      const auto range = VISIONSHARD_TRY(ranges.next());
      if (range == nullptr || range->bytes > left)
        return run_fault(fmt::format("{}: shard {} is not as long as its ranges; remove it and merge again",
                                     job_.paths.in_home(output::layout_name), index));
      VISIONSHARD_TRY(gathered.add(*range, file));
      left -= range->bytes;
      if (stop_) return interrupted();
    }
    VISIONSHARD_TRY(gathered.flush(file));
    const ShardRecord made = VISIONSHARD_TRY(digest(index, file));
    if (stop_) return interrupted();
    return publish(index, made, file);
  }

 private:
  // A part's data, or its small examples, once it is known to be as it was merged.
  RunResult<OpenSource> open_source(std::uint64_t source) const {
    const std::uint64_t part = source / 2;
    const bool is_small = source % 2 == 1;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = sources_.find(source); known != sources_.end()) {
        auto file = VISIONSHARD_TRY(open_file(known->second.path, known->second.bytes));
        return OpenSource{std::move(file), known->second.path};
      }
    }
    auto record = VISIONSHARD_TRY(read_part_record(job_.paths, job_.plan, part));
    if (!record)
      return run_fault(
          fmt::format("{}: part {} is not there any more; run visionshard map for it", job_.paths.work, part),
          RunStatus::not_ready);
    if (record->checkpoint.shard.xxh128 != layout_.parts.at(part).xxh128)
      return run_fault(fmt::format("part {}: holds other bytes than when it was merged; remove {} and merge again",
                                   part, job_.paths.in_home(output::layout_name)));
    const ShardInfo& data = record->checkpoint.shard;
    const std::string name = is_small ? output::PartIndex::small_name : data.path;
    const FileDigest wanted = is_small ? record->index.small : FileDigest{data.bytes, data.xxh128};
    VISIONSHARD_TRY(check_file(job_.paths, *record, name, wanted, [this] { return !stop_; }));
    const std::string path = file_path(job_.paths, *record, name);
    auto file = VISIONSHARD_TRY(open_file(path, wanted.bytes));
    const std::lock_guard lock(mutex_);
    sources_.emplace(source, SourceFile{path, wanted.bytes});
    return OpenSource{std::move(file), path};
  }

  RunResult<ShardRecord> digest(std::uint64_t index, AtomicFile& file) const {
    const PlannedShard& planned = layout_.shards[index];
    auto digests = VISIONSHARD_TRY(
        file_digests(file.temporary_path(), job_.plan.options.output.digest, [this] { return !stop_; }));
    VISIONSHARD_TRY(file.sync());
    const ShardInfo info{shard_name(job_.paths, planned),
                         planned.bytes,
                         std::move(digests.xxh128),
                         std::move(digests.sha256),
                         planned.examples,
                         planned.image_examples,
                         planned.images};
    return ShardRecord{info, output::write_times({file.temporary_path()}).last_ns};
  }

  RunResult<bool> publish(std::uint64_t index, const ShardRecord& made, AtomicFile& file) const {
    // A task that slept while another plan took the folder must not leave a shard in it.
    auto plan = VISIONSHARD_TRY(read_plan(job_.paths.home));
    if (!plan || plan->id != job_.plan.id) return run_fault(job_.paths.work + ": holds another plan by now");
    const bool first = VISIONSHARD_TRY(file.publish_if_first());
    if (!first) {
      const std::string path = job_.paths.in_work(made.info.path);
      auto other = VISIONSHARD_TRY(file_digests(path, DigestOption::xxh128));
      if (other.xxh128 != made.info.xxh128)
        return run_fault(
            fmt::format("{}: is there with other bytes; remove it, if it is not yours, and run pack again", path));
    }
    // In place of a record whose shard had gone: both say the same.
    VISIONSHARD_TRY(write_file_atomically(job_.paths.shard_record(index), shard_record_text(job_.plan, index, made),
                                          durability_, file.temporary_path() + ".record"));
    return first;
  }

  struct SourceFile {
    std::string path;
    std::uint64_t bytes;
  };

  const ClusterJob& job_;
  const Layout& layout_;
  Durability durability_;
  std::uint64_t memory_bytes_;
  const std::atomic<bool>& stop_;
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, SourceFile> sources_;  // found unchanged
};

RunResult<void> take_sealed(const ClusterJob& job, const TaskOptions& options, TaskOutcome& outcome) {
  auto count = VISIONSHARD_TRY(sealed_shards(job));
  auto shards = VISIONSHARD_TRY(items_of(options.shares, count));
  outcome.already = shards.size() - outcome.made;
  return {};
}

// So much of a shard is gathered at a time: a share of the memory for each thread.
std::uint64_t gathered_bytes(std::uint64_t memory_bytes, unsigned threads) {
  return std::clamp<std::uint64_t>(memory_bytes / 4 / threads, 1 << 20, 64 << 20);
}

}  // namespace

RunResult<void> pack(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop,
                     const Progress& progress, TaskOutcome& outcome) {
  auto layout = VISIONSHARD_TRY(open_layout(job));
  auto shards = VISIONSHARD_TRY(items_of(options.shares, layout.shards.size()));
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  const PackTask task(job, layout, options.sync, gathered_bytes(machine.memory_bytes, machine.threads), stop);
  std::mutex mutex;
  std::optional<RunFault> first;
  std::atomic<bool> halt{false};
  ProgressReport so_far;
  so_far.at_work = "pack";
  for (const std::uint64_t index : shards) so_far.total_bytes += layout.shards[index].bytes;
  for_each_index(shards.size(), machine.threads, halt, [&](std::size_t i) {
    auto made = stop ? RunResult<bool>(interrupted()) : task.run(shards[i]);
    const std::lock_guard lock(mutex);
    if (made) {
      ++(*made ? outcome.made : outcome.already);
      const PlannedShard& shard = layout.shards[shards[i]];
      so_far.counts.lines = so_far.counts.written += shard.examples;
      so_far.counts.images = so_far.counts.images_kept += shard.images;
      so_far.input_bytes = so_far.done_bytes += shard.bytes;
      if (progress) progress(so_far);
    } else {
      if (!first) first = std::move(made.error());
      halt = true;
    }
  });
  if (first) return tl::unexpected(std::move(*first));
  return {};
}

}  // namespace visionshard::distribute

namespace visionshard {

TaskOutcome pack_shards(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress) {
  using namespace distribute;
  return job_step<TaskOutcome>(
      options.work, stop, "interrupted; the shards published so far stay",
      [&](const ClusterJob& job, TaskOutcome& outcome) { return pack(job, options, stop, progress, outcome); },
      [&](const ClusterJob& job, TaskOutcome& outcome) { return take_sealed(job, options, outcome); });
}

}  // namespace visionshard
