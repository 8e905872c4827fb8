#include <fmt/format.h>
#include <visionshard/run.h>
#include <visionshard/version.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "base/atomic_file.h"
#include "base/catch_to_result.h"
#include "base/json_text.h"
#include "codec/library_versions.h"
#include "convert/accounting.h"
#include "convert/committer.h"
#include "convert/complete_run.h"
#include "convert/convert_job.h"
#include "convert/quality_search.h"
#include "convert/resume.h"
#include "engine/graph.h"
#include "engine/machine.h"
#include "engine/watchdog.h"
#include "image/codec_self_test.h"
#include "input/input_fingerprint.h"
#include "input/source_list.h"
#include "output/finished_run.h"
#include "output/journal.h"
#include "output/manifest.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"
#include "output/run_fingerprint.h"
#include "report/html.h"

namespace visionshard {
namespace {

RunOutcome refused(std::string message) { return {RunStatus::refused, std::move(message), {}}; }

class Run {
 public:
  Run(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress, const OnStall& on_stall,
      const OnShard& on_shard)
      : options_(options),
        output_(options.output),
        resumes_(output_.resume && !output_.keeps_nothing()),
        durability_(output_.sync ? Durability::synced : Durability::none),
        stop_(stop),
        progress_(progress),
        on_stall_(on_stall),
        on_shard_(on_shard),
        state_(stop) {}

  RunOutcome go() {
    const auto begin = std::chrono::steady_clock::now();
    const pipeline::Machine machine = pipeline::machine_for(options_.threads, options_.memory_bytes);
    auto sources = input::list_sources(options_.inputs);
    if (!sources) return failed(std::move(sources.error()));
    if (resumes_)
      if (auto repeatable = input::check_repeatable(*sources); !repeatable)
        return refused("--resume reads its input again, but " + repeatable.error().message);
    if (auto checked = check_output(*sources); !checked) return refused(std::move(checked.error().message));
    output::OutputLock lock;
    if (!output_.keeps_nothing()) {
      auto taken = output::OutputLock::take(output_.directory);
      if (!taken) return failed(std::move(taken.error()));
      if (!*taken)
        return refused(fmt::format("{}: another run is writing into it; wait for its end, or give another directory",
                                   output_.directory));
      lock = std::move(**taken);
      // Another run may have come and gone between the look and the lock.
      if (auto checked = check_output(*sources); !checked) return refused(std::move(checked.error().message));
    }
    if (is_complete()) return complete_already(*sources);
    auto states = input::input_fingerprints(*sources);
    if (!states) return failed(std::move(states.error()));
    const std::string fingerprint = output::fingerprint_line(options_, *states, codec::library_versions(),
                                                             image::codec_self_test_digest(image::JpegXl::left_out));
    pipeline::Resumption resumption;
    if (resumes_) {
      auto found = pipeline::find_resumption(output_.directory, output_.prefix, fingerprint, state_.keep_running());
      if (!found && stop_) return {RunStatus::interrupted, "interrupted" + ways_on(*sources), {}};
      if (!found) return failed(std::move(found.error()));
      if (found->difference)
        return refused(
            fmt::format("{}: holds an unfinished run of another kind: {}; give the same options and inputs, or "
                        "--force to replace it",
                        output_.directory, *found->difference));
      resumption = std::move(*found);
    }
    pipeline::Budget budget(machine.memory_bytes);
    auto context = pipeline::line_context(options_, budget, options_.line.image_root);
    if (!context) return refused(std::move(context.error().message));
    std::vector<std::optional<std::uint64_t>> file_bytes;
    for (const input::InputFingerprint& source : *states)
      file_bytes.push_back(source.sample.empty() ? std::nullopt : std::optional(source.bytes));
    const pipeline::ProgressMeter meter(progress_, file_bytes, state_);
    const pipeline::Watchdog watchdog(state_, std::chrono::seconds(options_.stall_timeout_seconds), on_stall_);
    if (options_.shards) {
      if (auto repeatable = input::check_repeatable(*sources); !repeatable)
        return refused("--shards reads its input more than once, but " + repeatable.error().message);
      auto loss = pipeline::search_quality(options_, *sources, *context, machine, state_, meter);
      if (!loss && !state_.stopping()) return refused(std::move(loss.error().message));
      if (loss) context->loss = *loss;
    }

    pipeline::ConversionCache cache(budget);
    context->cache = &cache;
    input::BlockReader reader(*sources, pipeline::block_bytes_for(machine.memory_bytes), options_.line.max_line_bytes);
    pipeline::Committer committer(options_, *sources, on_shard_);
    if (!output_.keeps_nothing()) committer.keep_gallery({output_.directory, *sources, budget});
    if (options_.line.duplicates == Duplicates::drop) committer.drop_duplicates(budget);
    state_.run_checked(pipeline::Stage::finish,
                       [&] { return open_output(resumption, fingerprint, reader, committer); });
    pipeline::ConvertJob job(*context, committer, [&](const RunReport& so_far, const input::TextBlock& text) {
      meter.report(so_far.counts, so_far.input_bytes, text);
    });
    if (!state_.stopping()) pipeline::run({reader, budget, cache, job, state_}, machine.threads);
    state_.run_checked(pipeline::Stage::finish, [&] { return committer.finish(); });
    state_.run_checked(pipeline::Stage::finish, [&] { return check_unchanged(*sources, *states); });

    RunOutcome outcome{RunStatus::done, {}, committer.take_report()};
    RunReport& report = outcome.report;
    // A fiftieth of the time, and what small pictures take after a run of no time at all.
    constexpr std::chrono::milliseconds min_for_pictures(20);
    state_.run(pipeline::Stage::finish, [&] {
      const auto allowed = min_for_pictures + (std::chrono::steady_clock::now() - begin) / 50;
      report.gallery = committer.gallery().render(*context, allowed);
    });
    if (options_.shards) report.loss = image::described(context->loss);
    for (std::size_t i = 0; i < report.inputs.size(); ++i)
      report.inputs[i].bytes = std::max(reader.file_bytes()[i], (*states)[i].bytes);
    report.threads = machine.threads;
    report.memory_bytes = machine.memory_bytes;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!state_.failed() && stop_) {
      outcome.status = RunStatus::interrupted;
      outcome.message = "interrupted" + ways_on(*sources);
      return outcome;
    }
    report.stages = state_.stage_times();
    pipeline::add_warnings(options_.limits, report);
    state_.run_checked_to_end(pipeline::Stage::finish, [&] { return publish(report); });
    if (state_.fault()) {
      report.warnings.clear();
      outcome.status = RunStatus::failed;
      outcome.message = state_.fault()->message + ways_on(*sources);
    }
    return outcome;
  }

 private:
  static RunOutcome failed(RunFault&& fault) { return {RunStatus::failed, std::move(fault.message), {}}; }

  RunResult<void> check_output(const std::vector<std::string>& sources) const {
    if (output_.keeps_nothing()) return {};
    const auto if_held = output_.force    ? output::IfHeld::replace
                         : output_.resume ? output::IfHeld::resume
                                          : output::IfHeld::refuse;
    return output::check_output_directory(output_.directory, if_held, sources);
  }

  bool is_complete() const {
    return resumes_ && output::state_of_folder(output_.directory) == output::FolderState::finished;
  }

  // A nightly job that always says --resume finds last night's run done, if it is this one.
  RunOutcome complete_already(const std::vector<std::string>& sources) const {
    auto other = output::difference_from_manifest(in_output(output::manifest_name), options_, sources);
    if (!other) return failed(std::move(other.error()));
    if (*other)
      return refused(
          fmt::format("{}: holds a finished run of another kind: {}; give --force to replace it, or another "
                      "directory",
                      output_.directory, **other));
    if (auto there = pipeline::check_complete_run(output_.directory, "--force makes the run again"); !there)
      return failed(std::move(there.error()));
    if (auto removed = output::remove_work_directory(output_.directory); !removed)
      return failed(std::move(removed.error()));
    RunOutcome outcome{RunStatus::done, fmt::format("{}: is complete already", output_.directory), {}};
    auto told = output::read_manifest_report(in_output(output::manifest_name));
    if (!told) return failed(std::move(told.error()));
    outcome.report = std::move(*told);
    outcome.was_complete = true;
    return outcome;
  }

  // Makes the folder ready, and the reader and the committer go on where it stands.
  RunResult<void> open_output(const pipeline::Resumption& resumption, const std::string& fingerprint,
                              input::BlockReader& reader, pipeline::Committer& committer) {
    if (output_.keeps_nothing()) return {};
    const std::string& directory = output_.directory;
    std::vector<std::string> journal = resumption.journal;
    if (journal.empty()) {
      if (auto prepared = output::prepare_output_directory(directory, output_.prefix, output::manifest_shard_names);
          !prepared)
        return prepared;
      journal.push_back(fingerprint);
    } else if (auto restored = pipeline::restore_folder(directory, output_.prefix, resumption); !restored) {
      return restored;
    }
    if (const auto& last = resumption.last) {
      if (auto started = reader.start_at(last->file, last->offset); !started) return started;
      if (auto resumed = committer.resume(*last, resumption.shards, state_.keep_running());
          !resumed && !state_.stopping())
        return resumed;
    }
    auto opened = output::Journal::create(directory, journal, durability_);
    if (!opened) return tl::unexpected(opened.error());
    committer.keep_journal(std::move(*opened));
    return {};
  }

  RunResult<void> check_unchanged(const std::vector<std::string>& sources,
                                  const std::vector<input::InputFingerprint>& before) const {
    auto now = input::input_fingerprints(sources);
    if (!now) return tl::unexpected(now.error());
    for (std::size_t i = 0; i < sources.size(); ++i)
      if ((*now)[i] != before[i]) return run_fault(fmt::format("{}: was changed while it was read", sources[i]));
    return {};
  }

  // Behind what went wrong: how the user can go on.
  std::string ways_on(const std::vector<std::string>& sources) const {
    if (output_.keeps_nothing() || output::state_of_folder(output_.directory) != output::FolderState::unfinished)
      return "";
    return fmt::format("; {} holds an unfinished run: {}", output_.directory,
                       input::check_repeatable(sources) ? "--resume continues it, --force replaces it"
                                                        : "its input cannot be read again, so --force begins again");
  }

  std::string in_output(std::string_view name) const { return fmt::format("{}/{}", output_.directory, name); }

  // The manifest comes last: its presence says that everything else is there.
  RunResult<void> publish(const RunReport& report) const {
    if (auto kept = pipeline::check_conservation(report.counts); !kept) return kept;
    if (options_.shards && report.shards.size() > *options_.shards)
      return run_fault(
          fmt::format("{} shards were written where {} had been measured; the input changed meanwhile, or "
                      "this is a defect",
                      report.shards.size(), *options_.shards));
    if (output_.keeps_nothing()) return {};
    const auto write = [&](std::string_view name, const std::string& text, Durability durability) {
      return write_file_atomically(in_output(name), text, durability);
    };
    // Those for people need not survive a power loss; each sync is a wait for the disk.
    const auto none = Durability::none;
    if (auto written = write(output::run_json_name, output::run_json(report), none); !written) return written;
    if (auto written = write(output::report_name, report::report_html(options_, report), none); !written)
      return written;
    if (auto written = write(output::manifest_name, output::manifest_json(options_, report), durability_); !written)
      return written;
    return output::remove_work_directory(output_.directory);
  }

  const ConvertOptions& options_;
  const OutputOptions& output_;
  bool resumes_;
  Durability durability_;
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  const OnStall& on_stall_;
  const OnShard& on_shard_;
  pipeline::RunState state_;
};

}  // namespace

RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                   const OnStall& on_stall, const OnShard& on_shard) {
  return guarded<RunOutcome>(
      [&](RunOutcome& outcome) { outcome = Run(options, stop, progress, on_stall, on_shard).go(); });
}

std::string json_string(std::string_view text) { return json::quoted(json::as_utf8(text)); }

std::string summary_json(const ConvertOptions& options, const RunReport& report) {
  return output::summary_json(options, report);
}

}  // namespace visionshard
