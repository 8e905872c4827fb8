// The parts' counts are added up, their rejected lines numbered through, and the manifest written last.
#include <filesystem>

#include "base/atomic_file.h"
#include "base/number_text.h"
#include "convert/accounting.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/job_exclusions.h"
#include "distribute/part_record.h"
#include "distribute/shard_record.h"
#include "distribute/shown_pairs.h"
#include "distribute/steps.h"
#include "output/image_folder.h"
#include "output/manifest.h"
#include "output/manifest_reader.h"
#include "output/part_index.h"
#include "output/run_directory.h"
#include "output/verify_unmodified.h"
#include "report/html.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

// rejected.jsonl out of the parts' own, whose line numbers begin again in each.
class RejectedLines {
 public:
  RejectedLines(const JobPaths& paths, Durability durability) : paths_(paths), durability_(durability) {}

  // `lines_before`: of the part's file, in parts before it.
  RunResult<void> add(const PartRecord& record, std::uint64_t lines_before) {
    if (record.rejected.bytes == 0) return {};
    if (!out_)
      out_ = VISIONSHARD_TRY(AtomicFile::create(fmt::format("{}/rejected.{}", paths_.base, new_attempt()),
                                                paths_.in_work(output::rejected_name), durability_, Temporary::kept));
    for (const auto& [name, digest] : {std::pair(output::rejected_name, record.rejected),
                                       std::pair(output::PartIndex::rejects_name, record.index.rejects)})
      VISIONSHARD_TRY(check_file(paths_, record, name, digest, {}));
    const std::string path = file_path(paths_, record, output::rejected_name);
    auto from = VISIONSHARD_TRY(open_file(path, record.rejected.bytes));
    auto rejects = VISIONSHARD_TRY(RecordReader<output::RejectRecord>::open(
        file_path(paths_, record, output::PartIndex::rejects_name), record.index.rejects.bytes));
    std::uint64_t at = 0;
    for (;;) {
      const auto next = VISIONSHARD_TRY(rejects.next());
      if (next == nullptr) break;
      const auto [number_offset, line] = *next;
      VISIONSHARD_TRY(copy(from, path, at, number_offset));
      buffer_ += std::to_string(lines_before + line);
      at = number_offset + std::to_string(line).size();
    }
    return copy(from, path, at, record.rejected.bytes);
  }

  RunResult<void> finish() {
    if (!out_) return {};
    VISIONSHARD_TRY(flush());
    return out_.publish(Existing::replaced);
  }

 private:
  static constexpr std::size_t step_bytes = 256 << 10;

  RunResult<void> copy(const FileDescriptor& from, const std::string& path, std::uint64_t begin, std::uint64_t end) {
    while (begin < end) {
      const std::size_t before = buffer_.size(), want = std::min<std::uint64_t>(end - begin, step_bytes);
      buffer_.resize(before + want);
      auto got = VISIONSHARD_TRY(
          read_at(from.get(), reinterpret_cast<std::byte*>(buffer_.data()) + before, want, begin, path));
      if (got != want) return run_fault(path + ": became shorter");
      begin += want;
      if (buffer_.size() >= step_bytes) VISIONSHARD_TRY(flush());
    }
    return {};
  }
  RunResult<void> flush() {
    VISIONSHARD_TRY(out_.append(buffer_));
    buffer_.clear();
    return {};
  }

  const JobPaths& paths_;
  Durability durability_;
  AtomicFile out_;
  std::string buffer_;
};

// Of a job that is sealed. Set aside first: a task that was late finds nothing to add to. Another plan's folder, which
// may have come since, stays.
RunResult<void> remove_parts(const ClusterJob& job) {
  std::error_code error;
  const fs::path work = fs::path(job.paths.base).parent_path();
  fs::rename(job.paths.base, fmt::format("{}.{}", job.paths.base, new_attempt()), error);
  if (error && error != std::errc::no_such_file_or_directory)
    return system_fault(job.paths.base, "set aside", error.value());
  std::vector<fs::path> ours;
  for (auto it = fs::directory_iterator(work, error); !error && it != fs::end(it); it.increment(error))
    if (it->path().filename().native().starts_with(job.plan.id)) ours.push_back(it->path());
  for (const fs::path& path : ours) VISIONSHARD_TRY(output::remove_all(path.native()));
  fs::remove(work, error);
  return {};
}

RunResult<void> take_complete(const ClusterJob& job, SealOutcome& outcome) {
  outcome.was_complete = true;
  outcome.report = VISIONSHARD_TRY(output::read_manifest_report(job.paths.in_work(output::manifest_name)));
  // A seal that died after the manifest.
  return remove_parts(job);
}

class Seal {
 public:
  Seal(const ClusterJob& job, const Layout& layout, bool sync, const std::atomic<bool>& stop,
       const std::function<void(RunReport&)>& complete, RunReport& report)
      : job_(job),
        layout_(layout),
        durability_(durability_of(sync)),
        stop_(stop),
        complete_(complete),
        report_(report) {}

  RunResult<void> run() {
    VISIONSHARD_TRY(take_shards());
    VISIONSHARD_TRY(take_parts());
    report_.split = layout_.split;
    if (layout_.near_duplicates.report.looked_for)
      VISIONSHARD_TRY(show_near_duplicates(
          job_, layout_.near_duplicates, starts_, [this] { return !stop_; }, report_));
    VISIONSHARD_TRY(check());
    if (job_.plan.options.line.images == ImagePlace::files)
      report_.image_files = VISIONSHARD_TRY(output::count_images(job_.paths.work));
    conversion::add_warnings(job_.plan.options.limits, report_);
    warn_of_split();
    const auto exclusions = VISIONSHARD_TRY(read_exclusions(job_.paths, job_.plan));
    conversion::warn_of_foreign_places(exclusions.get(), report_);
    if (complete_) complete_(report_);
    return write();
  }

 private:
  RunResult<void> take_shards() {
    std::vector<std::uint64_t> missing;
    for (std::uint64_t i = 0; i < layout_.shards.size(); ++i) {
      auto shard = VISIONSHARD_TRY(read_shard_record(job_.paths, job_.plan, i, layout_.shards[i]));
      if (!shard) {
        missing.push_back(i);
        continue;
      }
      const ShardInfo& info = shard->info;
      const std::string path = job_.paths.in_work(info.path);
      const bool same = VISIONSHARD_TRY(output::verify_unmodified(
          path, {info.bytes, info.xxh128}, {shard->written_ns, shard->written_ns}, [this] { return !stop_; }));
      if (stop_) return interrupted();
      if (!same)
        return run_fault(path + ": was changed since it was packed; remove it, and run visionshard pack again");
      report_.shards.push_back(std::move(shard->info));
    }
    if (missing.empty()) return {};
    return run_fault(
        fmt::format("{}: shards {} are missing; run visionshard pack for them", job_.paths.work, array_spec(missing)),
        RunStatus::not_ready);
  }

  RunResult<void> take_parts() {
    for (const PlannedFile& file : job_.plan.files)
      report_.inputs.push_back({file.path, file.bytes, 0, {}, file.modified_ns});
    RejectedLines rejected(job_.paths, durability_);
    std::vector<std::uint64_t> missing;
    for (std::uint64_t number = 0; number < job_.plan.parts(); ++number) {
      if (stop_) return interrupted();
      auto record = VISIONSHARD_TRY(read_part_record(job_.paths, job_.plan, number));
      if (!record) {
        missing.push_back(number);
        continue;
      }
      const std::size_t file = job_.plan.part(number).file;
      const std::uint64_t lines_before = report_.inputs[file].lines;
      starts_.push_back({file, lines_before});
      VISIONSHARD_TRY(rejected.add(*record, lines_before));
      conversion::add_part(report_, record->checkpoint.report, file);
    }
    if (!missing.empty())
      return run_fault(fmt::format("{}: parts {} are not there any more; run visionshard map for them", job_.paths.work,
                                   array_spec(missing)),
                       RunStatus::not_ready);
    for (const DroppedExamples& dropped : layout_.dropped)
      output::take_back(report_, dropped.tally, dropped.reason, dropped.examples, dropped.bytes);
    VISIONSHARD_TRY(rejected.finish());
    return {};
  }

  void warn_of_split() const {
    const ValidationSize& wanted = job_.plan.options.shaping.validation;
    const SplitReport& split = report_.split;
    if (wanted.examples > 0 && split.any() && split.validation != wanted.examples)
      report_.warnings.push_back(fmt::format(
          "--validation {}: {} examples are in it; groups of examples that belong together are not divided, and the "
          "largest has {}",
          wanted.examples, split.validation, split.largest_group));
    else if (wanted.any() && split.any() && (split.validation == 0 || split.train == 0))
      report_.warnings.push_back(fmt::format("--validation: no example is left to {}; there are {} groups",
                                             split.train == 0 ? "train" : "validate", split.groups));
    const std::string& by = job_.plan.options.shaping.split_by;
    if (by.starts_with('/') && split.largest_group == 1 && split.groups > 1)
      report_.warnings.push_back(fmt::format("--split-by {}: no two examples have an equal value there", by));
    if (wanted.any() && !split.frequent_images.empty())
      report_.warnings.push_back(fmt::format(
          "--validation: {} on more than 1 % of the lines may be on both sides, as a few-shot prefix may; run.json "
          "names "
          "{}",
          counted(split.frequent_images.size(), "image"), split.frequent_images.size() == 1 ? "it" : "them"));
  }

  RunResult<void> check() const {
    VISIONSHARD_TRY(conversion::check_conservation(report_.counts));
    std::uint64_t examples = 0, images = 0, bytes = 0;
    for (const ShardInfo& shard : report_.shards) {
      examples += shard.examples;
      images += shard.images;
      bytes += shard.bytes;
    }
    if (examples == report_.counts.written && images == report_.counts.images && bytes == report_.output_bytes)
      return {};
    return run_fault(
        fmt::format("the shards hold {} examples, {} images and {} bytes, and the parts have {}, {} and {}; please "
                    "report this defect",
                    examples, images, bytes, report_.counts.written, report_.counts.images, report_.output_bytes));
  }

  RunResult<void> write() const {
    // A task that slept while another plan took the folder must leave it alone.
    auto plan = VISIONSHARD_TRY(read_plan(job_.paths.home));
    if (!plan || plan->id != job_.plan.id) return run_fault(job_.paths.work + ": holds another plan by now");
    const ConvertOptions& options = job_.plan.options;
    const std::string attempt = new_attempt();
    const auto put = [&](std::string_view name, const std::string& text, Durability durability) {
      return write_file_atomically(job_.paths.in_work(name), text, durability,
                                   fmt::format("{}/{}.{}", job_.paths.base, name, attempt));
    };
    VISIONSHARD_TRY(put(output::run_json_name, output::run_json(options, report_), Durability::none));
    VISIONSHARD_TRY(put(output::report_name, report::report_html(options, report_), Durability::none));
    VISIONSHARD_TRY(put(output::manifest_name, output::manifest_json(options, report_), durability_));
    return remove_parts(job_);
  }

  const ClusterJob& job_;
  const Layout& layout_;
  Durability durability_;
  const std::atomic<bool>& stop_;
  const std::function<void(RunReport&)>& complete_;
  RunReport& report_;
  std::vector<PartStart> starts_;
};

}  // namespace

RunResult<void> seal(const ClusterJob& job, bool sync, const std::atomic<bool>& stop,
                     const std::function<void(RunReport& report)>& complete, RunReport& report) {
  auto layout = VISIONSHARD_TRY(open_layout(job));
  return Seal(job, layout, sync, stop, complete, report).run();
}

}  // namespace visionshard::distribute

namespace visionshard {

SealOutcome seal_job(const std::string& work, bool sync, const std::atomic<bool>& stop) {
  using namespace distribute;
  const auto describe = [&](const ClusterJob& job, SealOutcome& outcome) {
    outcome.options = job.plan.options;
    outcome.options.output.directory = work;
    outcome.max_rejects = job.plan.max_rejects;
  };
  return job_step<SealOutcome>(
      work, stop, "interrupted; seal begins again",
      [&](const ClusterJob& job, SealOutcome& outcome) -> RunResult<void> {
        describe(job, outcome);
        return seal(job, sync, stop, {}, outcome.report);
      },
      [&](const ClusterJob& job, SealOutcome& outcome) {
        describe(job, outcome);
        return take_complete(job, outcome);
      });
}

}  // namespace visionshard
