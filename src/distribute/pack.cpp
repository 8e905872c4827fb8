// Bytes move from part to shard inside the kernel, which on some filesystems means that they do not move at all; the
// digest reads them back while they are in the page cache.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>

#include "base/file.h"
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
RunResult<void> append_range(const FileDescriptor& from, std::uint64_t offset, std::uint64_t bytes,
                             const FileDescriptor& to, const std::string& from_path, const std::string& to_path) {
  auto at = static_cast<off_t>(offset);
  while (bytes > 0) {
    const ssize_t copied =
        ::copy_file_range(from.get(), &at, to.get(), nullptr, std::min<std::uint64_t>(bytes, 1 << 30), 0);
    if (copied > 0) {
      bytes -= static_cast<std::uint64_t>(copied);
      continue;
    }
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
      return system_fault(to_path, "write", errno);
    break;
  }
  Bytes step;
  while (bytes > 0) {
    step.resize(std::min<std::uint64_t>(bytes, 1 << 20));
    auto got = read_at(from.get(), step.data(), step.size(), static_cast<std::uint64_t>(at), from_path);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return run_fault(from_path + ": became shorter");
    iovec piece{step.data(), *got};
    if (auto written = append_pieces(to.get(), {&piece, 1}, to_path); !written) return written;
    at += static_cast<off_t>(*got);
    bytes -= *got;
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
        const auto next = drops_.next();
        if (!next) return tl::unexpected(next.error());
        next_ = *next != nullptr ? **next : DropRecord{UINT64_MAX, 0, 0};
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

Refusal interrupted() { return {RunStatus::interrupted, "interrupted; the shards published so far stay"}; }

class PackTask {
 public:
  PackTask(const Job& job, const Layout& layout, const TaskOptions& options, const std::atomic<bool>& stop)
      : job_(job), layout_(layout), durability_(options.sync ? Durability::synced : Durability::none), stop_(stop) {}

  // Whether this call published the shard.
  tl::expected<bool, Refusal> run(std::uint64_t index) const {
    const PlannedShard& planned = layout_.shards[index];
    auto there = read_shard_record(job_.paths, job_.plan, index, planned);
    if (!there) return tl::unexpected(failed(std::move(there.error())));
    if (*there) return false;
    const std::string temporary = job_.paths.shard_attempt(index, new_attempt());
    auto published = put_together(index, temporary);
    std::error_code error;
    fs::remove(temporary, error);
    fs::remove(temporary + ".record", error);
    return published;
  }

 private:
  tl::expected<bool, Refusal> put_together(std::uint64_t index, const std::string& temporary) const {
    auto file = create_file(temporary);
    if (!file) return tl::unexpected(failed(std::move(file.error())));
    const PlannedShard& planned = layout_.shards[index];
    auto drops = RecordReader<DropRecord>::open(fmt::format("{}/{}", job_.paths.base, layout_.drops_name),
                                                layout_.drops_bytes, planned.first_drop);
    if (!drops) return tl::unexpected(failed(std::move(drops.error())));
    KeptBytes kept(std::move(*drops));
    std::uint64_t left = planned.bytes, offset = planned.offset;
    for (std::uint64_t part = planned.part; left > 0; ++part, offset = 0) {
      if (part == layout_.parts.size())
        return tl::unexpected(failed({fmt::format("{}: shard {} reaches after the last part; remove it and merge again",
                                                  job_.paths.in_work(output::layout_name), index)}));
      auto ranges = kept.ranges(part, offset, layout_.parts[part].bytes, left);
      if (!ranges) return tl::unexpected(failed(std::move(ranges.error())));
      if (ranges->empty()) continue;
      if (auto taken = take(part, *ranges, *file, temporary); !taken) return tl::unexpected(std::move(taken.error()));
    }
    auto made = digest(index, *file, temporary);
    if (!made && !stop_) return tl::unexpected(failed(std::move(made.error())));
    if (stop_) return tl::unexpected(interrupted());
    auto published = publish(index, *made, temporary);
    if (!published) return tl::unexpected(failed(std::move(published.error())));
    return *published;
  }

  tl::expected<void, Refusal> take(std::uint64_t part, const std::vector<Range>& ranges, const FileDescriptor& to,
                                   const std::string& to_path) const {
    auto record = read_part_record(job_.paths, job_.plan, part);
    if (!record) return tl::unexpected(failed(std::move(record.error())));
    if (!*record)
      return tl::unexpected(
          Refusal{RunStatus::not_ready,
                  fmt::format("{}: part {} is not there any more; run visionshard map for it", job_.paths.work, part)});
    if ((*record)->checkpoint.shard.xxh128 != layout_.parts[part].xxh128)
      return tl::unexpected(
          failed({fmt::format("part {}: holds other bytes than when it was merged; remove {} and merge again", part,
                              job_.paths.in_work(output::layout_name))}));
    const ShardInfo& data = (*record)->checkpoint.shard;
    if (auto sound = check_file(job_.paths, **record, data.path, {data.bytes, data.xxh128}, [this] { return !stop_; });
        !sound)
      return tl::unexpected(stop_ ? interrupted() : failed(std::move(sound.error())));
    const std::string path = data_path(job_.paths, **record);
    auto from = open_file(path, layout_.parts[part].bytes);
    if (!from) return tl::unexpected(failed(std::move(from.error())));
    for (const auto [offset, bytes] : ranges)
      if (auto copied = append_range(*from, offset, bytes, to, path, to_path); !copied)
        return tl::unexpected(failed(std::move(copied.error())));
    return {};
  }

  RunResult<ShardRecord> digest(std::uint64_t index, const FileDescriptor& file, const std::string& path) const {
    const PlannedShard& planned = layout_.shards[index];
    auto digests = file_digests(path, job_.plan.options.output.digest, [this] { return !stop_; });
    if (!digests) return tl::unexpected(digests.error());
    if (durability_ == Durability::synced)
      if (auto synced = sync_file(file.get(), path); !synced) return tl::unexpected(synced.error());
    const ShardInfo info{output::shard_name(job_.paths.prefix, index),
                         planned.bytes,
                         std::move(digests->xxh128),
                         std::move(digests->sha256),
                         planned.examples,
                         planned.image_examples,
                         planned.images};
    return ShardRecord{info, output::last_write_ns({path})};
  }

  RunResult<bool> publish(std::uint64_t index, const ShardRecord& made, const std::string& temporary) const {
    // A task that slept while another plan took the folder must not leave a shard in it.
    auto plan = read_plan(job_.paths.work);
    if (!plan) return tl::unexpected(plan.error());
    if (!*plan || (*plan)->id != job_.plan.id) return run_fault(job_.paths.work + ": holds another plan by now");
    const std::string path = job_.paths.shard(index);
    auto won = publish_file(temporary, path);
    if (!won) return won;
    if (!*won) {
      auto other = file_digests(path, DigestOption::xxh128);
      if (!other) return tl::unexpected(other.error());
      if (other->xxh128 != made.info.xxh128)
        return run_fault(
            fmt::format("{}: is there with other bytes; remove it, if it is not yours, and run pack again", path));
    }
    const std::string record = temporary + ".record";
    if (auto written = write_file_atomically(record, shard_record_text(job_.plan, index, made), durability_); !written)
      return tl::unexpected(written.error());
    // In place of a record whose shard had gone: both say the same.
    if (std::rename(record.c_str(), job_.paths.shard_record(index).c_str()) != 0)
      return system_fault(job_.paths.shard_record(index), "rename into place", errno);
    if (durability_ == Durability::synced)
      for (const std::string& folder : {job_.paths.work, job_.paths.shards})
        if (auto synced = sync_directory(folder); !synced) return tl::unexpected(synced.error());
    return *won;
  }

  const Job& job_;
  const Layout& layout_;
  Durability durability_;
  const std::atomic<bool>& stop_;
};

tl::expected<void, Refusal> take_sealed(const Job& job, const TaskOptions& options, TaskOutcome& outcome) {
  auto count = sealed_shards(job);
  if (!count) return tl::unexpected(failed(std::move(count.error())));
  auto shards = items_of(options.shares, *count);
  if (!shards) return tl::unexpected(std::move(shards.error()));
  outcome.already = shards->size() - outcome.made;
  return {};
}

tl::expected<void, Refusal> pack(const Job& job, const TaskOptions& options, const std::atomic<bool>& stop,
                                 const Progress& progress, TaskOutcome& outcome) {
  auto layout = open_layout(job);
  if (!layout) return tl::unexpected(std::move(layout.error()));
  auto shards = items_of(options.shares, layout->shards.size());
  if (!shards) return tl::unexpected(std::move(shards.error()));
  const PackTask task(job, *layout, options, stop);
  std::mutex mutex;
  std::optional<Refusal> first;
  std::atomic<bool> halt{false};
  ProgressReport so_far;
  so_far.at_work = "pack";
  for (const std::uint64_t index : *shards) so_far.total_bytes += layout->shards[index].bytes;
  for_each_index(shards->size(), engine::machine_for(options.threads, 0).threads, halt, [&](std::size_t i) {
    auto made = stop ? tl::unexpected(interrupted()) : task.run((*shards)[i]);
    const std::lock_guard lock(mutex);
    if (made) {
      ++(*made ? outcome.made : outcome.already);
      const PlannedShard& shard = layout->shards[(*shards)[i]];
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
      options.work, stop,
      [&](const Job& job, TaskOutcome& outcome) { return pack(job, options, stop, progress, outcome); },
      [&](const Job& job, TaskOutcome& outcome) { return take_sealed(job, options, outcome); });
}

}  // namespace visionshard
