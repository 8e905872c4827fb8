// A part is converted into a folder of its own attempt and published by one link of its record. Whatever ends a task
// before that leaves a folder that nobody looks into.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/file_digest.h"
#include "base/machine.h"
#include "convert/convert_processor.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/job_exclusions.h"
#include "distribute/part_record.h"
#include "distribute/small_examples.h"
#include "distribute/steps.h"
#include "engine/pipeline.h"
#include "engine/watchdog.h"
#include "image/codec_self_test.h"
#include "line/stored_image.h"
#include "output/counts.h"
#include "output/verify_unmodified.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

class MapTask {
 public:
  MapTask(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress,
          const OnStall& on_stall, TaskOutcome& outcome)
      : job_(job),
        options_(options),
        stop_(stop),
        progress_(progress),
        machine_(machine_for(options.threads, options.memory_bytes)),
        durability_(durability_of(options.sync)),
        budget_(machine_.memory_bytes),
        cache_(budget_),
        state_(stop),
        watchdog_(state_, std::chrono::seconds(options.stall_timeout_seconds), on_stall),
        outcome_(outcome) {}

  RunResult<void> run(const std::vector<std::uint64_t>& parts) {
    for (const std::uint64_t number : parts) total_bytes_ += bytes_of(number);
    for (const std::uint64_t number : parts) {
      if (stop_) return interrupted();
      auto record = VISIONSHARD_TRY(read_part_record(job_.paths, job_.plan, number));
      if (record) {
        ++outcome_.already;
        total_bytes_ -= bytes_of(number);
        continue;
      }
      VISIONSHARD_TRY(begin());
      const std::string attempt = new_attempt();
      const std::string folder = job_.paths.part_attempt(number, attempt);
      auto made = make(number, attempt);
      const auto won = made ? publish(*made) : tl::unexpected(made.error());
      if (won && *won) {
        counts_ = sum_of(made->checkpoint.report.counts);
        input_bytes_ += made->checkpoint.report.input_bytes;
      }
      if (!won || !*won) {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
      }
      if (!won) return tl::unexpected(won.error());
      ++(*won ? outcome_.made : outcome_.already);
      done_bytes_ += bytes_of(number);
    }
    return {};
  }

 private:
  std::uint64_t bytes_of(std::uint64_t number) const {
    const Part part = job_.plan.part(number);
    return part.end - part.begin;
  }

  // What is needed once something is to be made.
  RunResult<void> begin() {
    if (!codec_self_test_.empty()) return {};
    codec_self_test_ = image::codec_self_test_digest(image::JpegXl::decoded);
    LineOptions line = job_.plan.options.line;
    line.store = job_.plan.store;
    auto store = VISIONSHARD_TRY(line::open_store(line));
    context_ =
        VISIONSHARD_TRY(conversion::line_context(job_.plan.options, budget_, job_.plan.image_root, std::move(store)));
    context_.cache = &cache_;
    context_.hash_pictures = job_.plan.options.shaping.near_duplicates != NearDuplicates::off;
    if (job_.plan.loss.any()) context_.degradation = job_.plan.loss;
    context_.exclusions = VISIONSHARD_TRY(read_exclusions(job_.paths, job_.plan));
    return {};
  }

  RunResult<PartRecord> make(std::uint64_t number, const std::string& attempt) {
    const Part part = job_.plan.part(number);
    const PlannedFile& file = job_.plan.files[part.file];
    VISIONSHARD_TRY(check_unchanged(file));
    const std::string folder = job_.paths.part_attempt(number, attempt);
    std::error_code error;
    // Not the folders above it: where they are gone, another plan or a seal has taken them away.
    fs::create_directory(folder, error);
    if (!error) fs::create_directory(fs::path(folder) / output::work_directory_name, error);
    if (error == std::errc::no_such_file_or_directory)
      return run_fault(job_.paths.base +
                       ": is gone; run visionshard plan again, which makes it, or another plan is there");
    if (error) return system_fault(folder, "create the directory", error.value());

    context_.first_input = part.file;
    // All of it in one file: where shards begin is not a part's to say.
    ConvertOptions options = job_.plan.options;
    options.limits.max_shard_bytes = options.limits.max_image_examples = no_limit;
    options.output.directory = folder;
    options.output.prefix = data_prefix;
    options.output.sync = options_.sync;
    options.output.digest = DigestOption::xxh128;  // pack makes what the manifest says
    output::PartIndex index(folder, number, options.line.duplicates, options.shaping.near_duplicates);
    conversion::Committer committer(options, {file.path});
    committer.keep_index(index);
    committer.set_methods(job_.plan.methods);
    // Named by their digests: whichever part writes one first, it is the same.
    if (options.line.images == ImagePlace::files)
      committer.keep_images(std::make_unique<output::ImageFolder>(
          job_.paths.work, fmt::format("{}/{}", folder, output::work_directory_name), durability_));
    input::BlockReader reader({file.location}, line::block_bytes_for(context_, machine_.memory_bytes),
                              options.line.max_line_bytes);
    if (file.is_plain) state_.run_checked(Stage::read, [&] { return reader.start_in(part.begin, part.end); });
    conversion::ConvertProcessor processor(
        context_, committer, [&](const RunReport& so_far, const input::TextBlock& text) {
          const std::uint64_t done =
              std::min(text.file_bytes - std::min(text.file_bytes, part.begin), part.end - part.begin);
          if (progress_)
            progress_({sum_of(so_far.counts), input_bytes_ + so_far.input_bytes, done_bytes_ + done, total_bytes_,
                       state_.at_work()});
        });
    engine::run({reader, budget_, cache_, processor, state_}, machine_.threads);
    PartRecord record;
    state_.run_checked(Stage::finish, [&] { return finish(committer, index, folder, record); });
    state_.run_checked(Stage::finish, [&] { return check_unchanged(file); });
    if (state_.fault()) return tl::unexpected(*state_.fault());
    if (stop_) return interrupted();
    record.part = number;
    record.attempt = attempt;
    record.host = host_name();
    record.codec_self_test = codec_self_test_;
    record.written = output::write_times(paths_of_files(job_.paths, record));
    return record;
  }

  Counts sum_of(const Counts& more) const {
    Counts sum = counts_;
    output::add_counts(sum, more);
    return sum;
  }

  RunResult<void> finish(conversion::Committer& committer, output::PartIndex& index, const std::string& folder,
                         PartRecord& record) {
    VISIONSHARD_TRY(committer.finish());
    record.checkpoint = committer.checkpoint_of_counts();
    if (!committer.finished_shards().empty()) record.checkpoint.shard = committer.finished_shards().front();
    const std::string rejected = fmt::format("{}/{}", folder, output::rejected_name);
    std::error_code error;
    if (record.checkpoint.report.counts.rejected > 0) {
      auto digests = VISIONSHARD_TRY(file_digests(rejected, DigestOption::xxh128, state_.keep_running()));
      record.rejected = {fs::file_size(rejected, error), std::move(digests.xxh128)};
    }
    record.index = VISIONSHARD_TRY(index.finish(durability_));
    if (job_.plan.options.shaping.shuffle && record.checkpoint.report.counts.written > 0)
      record.index.small = VISIONSHARD_TRY(make_small_examples(folder, record));
    if (!error) fs::remove(fs::path(folder) / output::work_directory_name, error);
    if (error) return system_fault(folder, "finish a part in", error.value());
    return {};
  }

  RunResult<FileDigest> make_small_examples(const std::string& folder, const PartRecord& record) {
    using output::PartIndex;
    const auto in_folder = [&](std::string_view name) { return fmt::format("{}/{}", folder, name); };
    const ShardInfo& data = record.checkpoint.shard;
    return write_small_examples({in_folder(data.path), data.bytes, in_folder(PartIndex::examples_name),
                                 record.index.examples.bytes, in_folder(PartIndex::keys_name), record.index.keys.bytes},
                                job_.plan.options.line.seed, in_folder(PartIndex::small_name),
                                machine_.memory_bytes / 4, durability_, state_.keep_running());
  }

  // Whether this attempt's record is the part's. False where another's of the same bytes is; a fault where of others.
  RunResult<bool> publish(const PartRecord& record) const {
    const std::string temporary = job_.paths.part_attempt(record.part, record.attempt) + "/done";
    const std::string path = job_.paths.part_record(record.part);
    AtomicFile file = VISIONSHARD_TRY(AtomicFile::create(temporary, path, durability_, Temporary::kept));
    VISIONSHARD_TRY(file.append(part_record_text(job_.plan, record)));
    for (int tries = 0; tries < 3; ++tries) {
      const bool first = VISIONSHARD_TRY(file.publish_if_first());
      if (first) return true;
      auto other = VISIONSHARD_TRY(read_part_record(job_.paths, job_.plan, record.part));
      if (other && same_bytes(record, *other)) return false;
      if (other)
        return run_fault(
            fmt::format("part {}: {} made other bytes of it than {} did; their libraries or processors differ, or this "
                        "is a defect; compare {} and {}",
                        record.part, record.host, other->host, path, temporary));
      // A record whose files are gone: it makes way.
      const std::string stale = fmt::format("{}.stale.{}", path, record.attempt);
      if (std::rename(path.c_str(), stale.c_str()) != 0 && errno != ENOENT)
        return system_fault(path, "set aside", errno);
    }
    return run_fault(path + ": is not there, and yet there; the filesystem does not keep what it says");
  }

  const ClusterJob& job_;
  const TaskOptions& options_;
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  Machine machine_;
  Durability durability_;
  engine::Budget budget_;
  engine::ConversionCache cache_;
  line::LineContext context_;
  engine::RunState state_;
  engine::Watchdog watchdog_;
  TaskOutcome& outcome_;
  std::string codec_self_test_;
  Counts counts_;  // of what this task has published, as the next
  std::uint64_t input_bytes_ = 0;
  std::uint64_t done_bytes_ = 0, total_bytes_ = 0;  // of parts that this task makes
};

}  // namespace

RunResult<void> map(const ClusterJob& job, const TaskOptions& options, const std::atomic<bool>& stop,
                    const Progress& progress, const OnStall& on_stall, TaskOutcome& outcome) {
  auto parts = VISIONSHARD_TRY(items_of(options.shares, job.plan.parts()));
  return MapTask(job, options, stop, progress, on_stall, outcome).run(parts);
}

}  // namespace visionshard::distribute

namespace visionshard {

TaskOutcome map_parts(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                      const OnStall& on_stall) {
  using namespace distribute;
  return job_step<TaskOutcome>(
      options.work, stop, "interrupted; the parts published so far stay",
      [&](const ClusterJob& job, TaskOutcome& outcome) { return map(job, options, stop, progress, on_stall, outcome); },
      [&](const ClusterJob& job, TaskOutcome& outcome) -> RunResult<void> {
        auto parts = VISIONSHARD_TRY(items_of(options.shares, job.plan.parts()));
        outcome.already = parts.size() - outcome.made;
        return {};
      });
}

}  // namespace visionshard
