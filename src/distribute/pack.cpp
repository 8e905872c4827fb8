// Bytes move from part to shard inside the kernel, which on some filesystems means that they do not move at all; the
// digest reads them back while they are in the page cache.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>

#include "base/atomic_file.h"
#include "base/file_digest.h"
#include "base/for_each_index.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "distribute/shard_record.h"
#include "engine/machine.h"
#include "output/verify_unmodified.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

// Appends `bytes` at `offset` of `from`. A kernel or filesystem that cannot is read from and written to.
RunResult<void> append_range(const FileDescriptor& from, std::uint64_t offset, std::uint64_t bytes, AtomicFile& to,
                             const std::string& from_path) {
  auto at = static_cast<off_t>(offset);
  while (bytes > 0) {
    const ssize_t copied =
        ::copy_file_range(from.get(), &at, to.descriptor(), nullptr, std::min<std::uint64_t>(bytes, 1 << 30), 0);
    if (copied > 0) {
      bytes -= static_cast<std::uint64_t>(copied);
      continue;
    }
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
      return system_fault(to.temporary_path(), "write", errno);
    break;
  }
  Bytes step;
  while (bytes > 0) {
    step.resize(std::min<std::uint64_t>(bytes, 1 << 20));
    auto got =
        VISIONSHARD_TRY(read_at(from.get(), step.data(), step.size(), static_cast<std::uint64_t>(at), from_path));
    if (got == 0) return run_fault(from_path + ": became shorter");
    iovec piece{step.data(), got};
    VISIONSHARD_TRY(to.append({&piece, 1}));
    at += static_cast<off_t>(got);
    bytes -= got;
  }
  return {};
}

struct Range {
  std::uint64_t offset, bytes;
};

// A shard's way through the parts' data, around the duplicates in it.
class KeptBytes {
 public:
  // `drops` begins with the first that does not lie before the shard.
  explicit KeptBytes(RecordReader<DropRecord> drops) : drops_(std::move(drops)) {}

  // What there is of `part` from `offset` to `end`, as far as `left` bytes go, which it is taken off. Parts ascend.
  RunResult<std::vector<Range>> ranges(std::uint64_t part, std::uint64_t offset, std::uint64_t end,
                                       std::uint64_t& left) {
    std::vector<Range> all;
    while (offset < end && left > 0) {
      if (!next_) {
        const auto next = VISIONSHARD_TRY(drops_.next());
        next_ = next != nullptr ? *next : DropRecord{UINT64_MAX, 0, 0};
      }
      const std::uint64_t stop = next_->part == part ? next_->offset : end;
      if (const std::uint64_t bytes = std::min(left, stop - offset); bytes > 0) {
        all.push_back({offset, bytes});
        left -= bytes;
      }
      offset = stop;
      if (stop == end) break;
      offset += next_->bytes;
      next_.reset();
    }
    return all;
  }

 private:
  RecordReader<DropRecord> drops_;
  std::optional<DropRecord> next_;
};

class PackTask {
 public:
  PackTask(const ClusterJob& job, const Layout& layout, const TaskOptions& options, const std::atomic<bool>& stop)
      : job_(job), layout_(layout), durability_(options.sync ? Durability::synced : Durability::none), stop_(stop) {}

  // Whether this call published the shard.
  RunResult<bool> run(std::uint64_t index) const {
    const PlannedShard& planned = layout_.shards[index];
    auto there = VISIONSHARD_TRY(read_shard_record(job_.paths, job_.plan, index, planned));
    if (there) return false;
    auto file = VISIONSHARD_TRY(AtomicFile::create(job_.paths.shard_attempt(index, new_attempt()),
                                                   job_.paths.shard(index), durability_, Temporary::removed));
    auto drops = VISIONSHARD_TRY(RecordReader<DropRecord>::open(
        fmt::format("{}/{}", job_.paths.base, layout_.drops_name), layout_.drops_bytes, planned.first_drop));
    KeptBytes kept(std::move(drops));
    std::uint64_t left = planned.bytes, offset = planned.offset;
    for (std::uint64_t part = planned.part; left > 0; ++part, offset = 0) {
      if (part == layout_.parts.size())
        return run_fault(fmt::format("{}: shard {} reaches after the last part; remove it and merge again",
                                     job_.paths.in_work(output::layout_name), index));
      auto ranges = VISIONSHARD_TRY(kept.ranges(part, offset, layout_.parts[part].bytes, left));
      if (ranges.empty()) continue;
      VISIONSHARD_TRY(take(part, ranges, file));
    }
    const ShardRecord made = VISIONSHARD_TRY(digest(index, file));
    if (stop_) return interrupted();
    return publish(index, made, file);
  }

 private:
  RunResult<void> take(std::uint64_t part, const std::vector<Range>& ranges, AtomicFile& to) const {
    auto record = VISIONSHARD_TRY(read_part_record(job_.paths, job_.plan, part));
    if (!record)
      return run_fault(
          fmt::format("{}: part {} is not there any more; run visionshard map for it", job_.paths.work, part),
          RunStatus::not_ready);
    if (record->checkpoint.shard.xxh128 != layout_.parts[part].xxh128)
      return run_fault(fmt::format("part {}: holds other bytes than when it was merged; remove {} and merge again",
                                   part, job_.paths.in_work(output::layout_name)));
    const ShardInfo& data = record->checkpoint.shard;
    VISIONSHARD_TRY(check_file(job_.paths, *record, data.path, {data.bytes, data.xxh128}, [this] { return !stop_; }));
    const std::string path = data_path(job_.paths, *record);
    auto from = VISIONSHARD_TRY(open_file(path, layout_.parts[part].bytes));
    for (const auto [offset, bytes] : ranges) VISIONSHARD_TRY(append_range(from, offset, bytes, to, path));
    return {};
  }

  RunResult<ShardRecord> digest(std::uint64_t index, AtomicFile& file) const {
    const PlannedShard& planned = layout_.shards[index];
    auto digests = VISIONSHARD_TRY(
        file_digests(file.temporary_path(), job_.plan.options.output.digest, [this] { return !stop_; }));
    VISIONSHARD_TRY(file.sync());
    const ShardInfo info{output::shard_name(job_.paths.prefix, index),
                         planned.bytes,
                         std::move(digests.xxh128),
                         std::move(digests.sha256),
                         planned.examples,
                         planned.image_examples,
                         planned.images};
    return ShardRecord{info, output::last_write_ns({file.temporary_path()})};
  }

  RunResult<bool> publish(std::uint64_t index, const ShardRecord& made, AtomicFile& file) const {
    // A task that slept while another plan took the folder must not leave a shard in it.
    auto plan = VISIONSHARD_TRY(read_plan(job_.paths.work));
    if (!plan || plan->id != job_.plan.id) return run_fault(job_.paths.work + ": holds another plan by now");
    const bool first = VISIONSHARD_TRY(file.publish_if_first());
    if (!first) {
      const std::string path = job_.paths.shard(index);
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

  const ClusterJob& job_;
  const Layout& layout_;
  Durability durability_;
  const std::atomic<bool>& stop_;
};

RunResult<void> take_sealed(const ClusterJob& job, const TaskOptions& options, TaskOutcome& outcome) {
  auto count = VISIONSHARD_TRY(sealed_shards(job));
  auto shards = VISIONSHARD_TRY(items_of(options.shares, count));
  outcome.already = shards.size() - outcome.made;
  return {};
}

RunResult<void> pack(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop,
                     const Progress& progress, TaskOutcome& outcome) {
  auto layout = VISIONSHARD_TRY(open_layout(job));
  auto shards = VISIONSHARD_TRY(items_of(options.shares, layout.shards.size()));
  const PackTask task(job, layout, options, stop);
  std::mutex mutex;
  std::optional<RunFault> first;
  std::atomic<bool> halt{false};
  ProgressReport so_far;
  so_far.at_work = "pack";
  for (const std::uint64_t index : shards) so_far.total_bytes += layout.shards[index].bytes;
  for_each_index(shards.size(), engine::machine_for(options.threads, 0).threads, halt, [&](std::size_t i) {
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

}  // namespace
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
