// The parts' counts are added up, their rejected lines numbered through, and the manifest written last.
#include <filesystem>

#include "base/file.h"
#include "convert/accounting.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "distribute/shard_record.h"
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
  RejectedLines(const JobPaths& paths, std::string partial_path)
      : paths_(paths), partial_path_(std::move(partial_path)) {}

  // `lines_before`: of the part's file, in parts before it.
  RunResult<void> add(const PartRecord& record, std::uint64_t lines_before) {
    if (record.rejected.bytes == 0) return {};
    if (!out_) {
      auto created = create_file(partial_path_);
      if (!created) return tl::unexpected(created.error());
      out_ = std::move(*created);
    }
    for (const auto& [name, digest] : {std::pair(output::rejected_name, record.rejected),
                                       std::pair(output::PartIndex::rejects_name, record.index.rejects)})
      if (auto sound = check_file(paths_, record, name, digest, {}); !sound) return sound;
    const std::string path = file_path(paths_, record, output::rejected_name);
    auto from = open_file(path, record.rejected.bytes);
    if (!from) return tl::unexpected(from.error());
    auto rejects = RecordReader<output::RejectRecord>::open(file_path(paths_, record, output::PartIndex::rejects_name),
                                                            record.index.rejects.bytes);
    if (!rejects) return tl::unexpected(rejects.error());
    std::uint64_t at = 0;
    for (;;) {
      const auto next = rejects->next();
      if (!next) return tl::unexpected(next.error());
      if (*next == nullptr) break;
      const auto [number_offset, line] = **next;
      if (auto copied = copy(*from, path, at, number_offset); !copied) return copied;
      buffer_ += std::to_string(lines_before + line);
      at = number_offset + std::to_string(line).size();
    }
    return copy(*from, path, at, record.rejected.bytes);
  }

  RunResult<void> finish(const std::string& final_path, Durability durability) {
    if (!out_) return {};
    if (auto flushed = flush(); !flushed) return flushed;
    if (durability == Durability::synced)
      if (auto synced = sync_file(out_.get(), partial_path_); !synced) return synced;
    if (const int error = out_.close()) return system_fault(partial_path_, "write", error);
    if (std::rename(partial_path_.c_str(), final_path.c_str()) != 0)
      return system_fault(final_path, "rename into place", errno);
    // Before the manifest, whose presence says that it is there.
    return durability == Durability::synced ? sync_directory(fs::path(final_path).parent_path().native())
                                            : RunResult<void>();
  }

 private:
  static constexpr std::size_t step_bytes = 256 << 10;

  RunResult<void> copy(const FileDescriptor& from, const std::string& path, std::uint64_t begin, std::uint64_t end) {
    while (begin < end) {
      const std::size_t before = buffer_.size(), want = std::min<std::uint64_t>(end - begin, step_bytes);
      buffer_.resize(before + want);
      auto got = read_at(from.get(), reinterpret_cast<std::byte*>(buffer_.data()) + before, want, begin, path);
      if (!got) return tl::unexpected(got.error());
      if (*got != want) return run_fault(path + ": became shorter");
      begin += want;
      if (buffer_.size() >= step_bytes)
        if (auto flushed = flush(); !flushed) return flushed;
    }
    return {};
  }
  RunResult<void> flush() {
    iovec piece{buffer_.data(), buffer_.size()};
    auto written = append_pieces(out_.get(), {&piece, 1}, partial_path_);
    buffer_.clear();
    return written;
  }

  const JobPaths& paths_;
  std::string partial_path_;
  FileDescriptor out_;
  std::string buffer_;
};

// Of a job that is sealed. Set aside first: a task that was late finds nothing to add to. Another plan's folder, which
// may have come since, stays.
RunResult<void> remove_parts(const Job& job) {
  std::error_code error;
  const fs::path work = job.paths.in_work(output::work_directory_name);
  fs::rename(job.paths.base, fmt::format("{}.{}", job.paths.base, new_attempt()), error);
  if (error && error != std::errc::no_such_file_or_directory)
    return system_fault(job.paths.base, "set aside", error.value());
  std::vector<fs::path> ours;
  for (auto it = fs::directory_iterator(work, error); !error && it != fs::end(it); it.increment(error))
    if (it->path().filename().native().starts_with(job.plan.id)) ours.push_back(it->path());
  for (const fs::path& path : ours)
    if (auto removed = output::remove_all(path.native()); !removed) return removed;
  fs::remove(work, error);
  return {};
}

tl::expected<void, Refusal> take_complete(const Job& job, SealOutcome& outcome) {
  outcome.was_complete = true;
  auto told = output::read_manifest_report(job.paths.in_work(output::manifest_name));
  if (!told) return tl::unexpected(failed(std::move(told.error())));
  outcome.report = std::move(*told);
  // A seal that died after the manifest.
  if (auto removed = remove_parts(job); !removed) return tl::unexpected(failed(std::move(removed.error())));
  return {};
}

class Seal {
 public:
  Seal(const Job& job, const Layout& layout, bool sync, const std::atomic<bool>& stop, SealOutcome& outcome)
      : job_(job),
        layout_(layout),
        durability_(sync ? Durability::synced : Durability::none),
        stop_(stop),
        report_(outcome.report) {}

  tl::expected<void, Refusal> run() {
    if (auto shards = take_shards(); !shards) return shards;
    if (auto parts = take_parts(); !parts) return parts;
    if (auto sound = check(); !sound) return tl::unexpected(failed(std::move(sound.error())));
    conversion::add_warnings(job_.plan.options.limits, report_);
    if (auto written = write(); !written) return tl::unexpected(failed(std::move(written.error())));
    return {};
  }

 private:
  tl::expected<void, Refusal> take_shards() {
    std::vector<std::uint64_t> missing;
    for (std::uint64_t i = 0; i < layout_.shards.size(); ++i) {
      auto shard = read_shard_record(job_.paths, job_.plan, i, layout_.shards[i]);
      if (!shard) return tl::unexpected(failed(std::move(shard.error())));
      if (!*shard) {
        missing.push_back(i);
        continue;
      }
      const ShardInfo& info = (*shard)->info;
      const std::string path = job_.paths.shard(i);
      const auto same =
          output::verify_unmodified(path, {info.bytes, info.xxh128}, (*shard)->written_ns, [this] { return !stop_; });
      if (stop_) return interrupted();
      if (!same) return tl::unexpected(failed(RunFault(same.error())));
      if (!*same)
        return tl::unexpected(
            failed({path + ": was changed since it was packed; remove it, and run visionshard pack again"}));
      report_.shards.push_back(std::move((*shard)->info));
    }
    if (missing.empty()) return {};
    return tl::unexpected(Refusal{
        RunStatus::not_ready,
        fmt::format("{}: shards {} are missing; run visionshard pack for them", job_.paths.work, array_spec(missing))});
  }

  static tl::expected<void, Refusal> interrupted() {
    return tl::unexpected(Refusal{RunStatus::interrupted, "interrupted; seal begins again"});
  }

  tl::expected<void, Refusal> take_parts() {
    for (const PlannedFile& file : job_.plan.files) report_.inputs.push_back({file.path, file.bytes, 0});
    RejectedLines rejected(job_.paths, fmt::format("{}/rejected.{}", job_.paths.base, new_attempt()));
    std::vector<std::uint64_t> missing;
    for (std::uint64_t number = 0; number < job_.plan.parts(); ++number) {
      if (stop_) return interrupted();
      auto record = read_part_record(job_.paths, job_.plan, number);
      if (!record) return tl::unexpected(failed(std::move(record.error())));
      if (!*record) {
        missing.push_back(number);
        continue;
      }
      const std::size_t file = job_.plan.part(number).file;
      const std::uint64_t lines_before = report_.inputs[file].lines;
      if (auto added = rejected.add(**record, lines_before); !added)
        return tl::unexpected(failed(std::move(added.error())));
      conversion::add_part(report_, (*record)->checkpoint.report, file);
    }
    if (!missing.empty())
      return tl::unexpected(
          Refusal{RunStatus::not_ready, fmt::format("{}: parts {} are not there any more; run visionshard map for them",
                                                    job_.paths.work, array_spec(missing))});
    for (const DroppedExamples& dropped : layout_.dropped)
      output::take_back(report_, dropped.tally, dropped.examples, dropped.bytes);
    if (auto finished = rejected.finish(job_.paths.in_work(output::rejected_name), durability_); !finished)
      return tl::unexpected(failed(std::move(finished.error())));
    return {};
  }

  RunResult<void> check() const {
    if (auto kept = conversion::check_conservation(report_.counts); !kept) return kept;
    std::uint64_t examples = 0, images = 0, bytes = 0;
    for (const ShardInfo& shard : report_.shards) {
      examples += shard.examples;
      images += shard.images;
      bytes += shard.bytes;
    }
    if (examples == report_.counts.written && images == report_.counts.images && bytes == report_.output_bytes)
      return {};
    return run_fault(
        fmt::format("the shards hold {} examples, {} images and {} bytes, and the parts tell of {}, {} and {}; please "
                    "report this defect",
                    examples, images, bytes, report_.counts.written, report_.counts.images, report_.output_bytes));
  }

  RunResult<void> write() const {
    // A task that slept while another plan took the folder must leave it alone.
    auto plan = read_plan(job_.paths.work);
    if (!plan) return tl::unexpected(plan.error());
    if (!*plan || (*plan)->id != job_.plan.id) return run_fault(job_.paths.work + ": holds another plan by now");
    const ConvertOptions& options = job_.plan.options;
    const std::string attempt = new_attempt();
    const auto put = [&](std::string_view name, const std::string& text, Durability durability) {
      return write_file_atomically(job_.paths.in_work(name), text, durability,
                                   fmt::format("{}/{}.{}", job_.paths.base, name, attempt));
    };
    if (auto done = put(output::run_json_name, output::run_json(report_), Durability::none); !done) return done;
    if (auto done = put(output::report_name, report::report_html(options, report_), Durability::none); !done)
      return done;
    if (auto done = put(output::manifest_name, output::manifest_json(options, report_), durability_); !done)
      return done;
    return remove_parts(job_);
  }

  const Job& job_;
  const Layout& layout_;
  Durability durability_;
  const std::atomic<bool>& stop_;
  RunReport& report_;
};

}  // namespace
}  // namespace visionshard::distribute

namespace visionshard {

SealOutcome seal_job(const std::string& work, bool sync, const std::atomic<bool>& stop) {
  using namespace distribute;
  const auto describe = [&](const Job& job, SealOutcome& outcome) {
    outcome.options = job.plan.options;
    outcome.options.output.directory = work;
    outcome.max_rejects = job.plan.max_rejects;
  };
  return job_step<SealOutcome>(
      work, stop,
      [&](const Job& job, SealOutcome& outcome) -> tl::expected<void, Refusal> {
        describe(job, outcome);
        auto layout = open_layout(job);
        if (!layout) return tl::unexpected(std::move(layout.error()));
        return Seal(job, *layout, sync, stop, outcome).run();
      },
      [&](const Job& job, SealOutcome& outcome) {
        describe(job, outcome);
        return take_complete(job, outcome);
      });
}

}  // namespace visionshard
