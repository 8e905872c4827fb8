#include "convert/convert_in_input_order.h"

#include <fmt/format.h>
#include <visionshard/convert.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/atomic_file.h"
#include "base/catch_to_result.h"
#include "base/machine.h"
#include "codec/library_versions.h"
#include "convert/accounting.h"
#include "convert/check_options.h"
#include "convert/committer.h"
#include "convert/complete_run.h"
#include "convert/convert_processor.h"
#include "convert/quality_search.h"
#include "convert/resume.h"
#include "convert/write_reports.h"
#include "engine/pipeline.h"
#include "engine/progress_meter.h"
#include "engine/watchdog.h"
#include "input/input_fingerprint.h"
#include "input/source_list.h"
#include "line/stored_image.h"
#include "output/finished_run.h"
#include "output/journal.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"
#include "output/run_fingerprint.h"

namespace visionshard {
namespace {

using std::chrono::steady_clock;

// Set by the pass that ends a run early.
using Ended = std::optional<RunOutcome>;

RunOutcome refused(std::string message) { return {RunStatus::refused, std::move(message), {}}; }
RunOutcome failed(RunFault&& fault) { return {RunStatus::failed, std::move(fault.message), {}}; }

class Run {
 public:
  Run(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress, const OnStall& on_stall,
      const OnShard& on_shard)
      : options_(options), stop_(stop), progress_(progress), on_stall_(on_stall), on_shard_(on_shard) {}

  RunOutcome run() {
    constexpr Ended (Run::*passes[])() = {
        &Run::check_options,       // before anything is read
        &Run::list_inputs,         // before the output, which must not be one of them
        &Run::read_exclusions,     // a mistake in a list is found before anything is written
        &Run::open_store,          // its digest is one of the options that runs are compared by
        &Run::lock_output,         // before anything is written
        &Run::find_finished_run,   // --resume of a finished run has nothing to do
        &Run::fingerprint_inputs,  // before they are read, so that a change during the run is found
        &Run::find_checkpoint,     // needs the fingerprint: only an equal run is resumed
        &Run::make_context,        // settings that all lines share
        &Run::choose_degradation,  // --shards: all images are measured before the first is written
        &Run::convert_lines,       // the main work
        &Run::check_inputs,        // before the output is complete
        &Run::render_gallery,      // after the lines, in a small share of their time
        &Run::publish,             // the manifest comes last
    };
    for (const auto pass : passes)
      if (Ended ended = (this->*pass)()) return std::move(*ended);
    return std::move(outcome_);
  }

 private:
  Ended check_options() {
    auto checked = conversion::check_options(options_);
    if (!checked) return refused(std::move(checked.error().message));
    return {};
  }

  Ended list_inputs() {
    auto sources = input::list_sources(options_.inputs, output_.keeps_nothing() ? "" : output_.directory);
    if (!sources) return failed(std::move(sources.error()));
    sources_ = std::move(*sources);
    const auto repeatable = input::check_repeatable(sources_);
    if (resumes_ && !repeatable) return refused("--resume reads its input again, but " + repeatable.error().message);
    return {};
  }

  Ended read_exclusions() {
    auto exclusions = exclusion::read_lists(options_.line.exclude, sources_, options_.line.max_line_bytes,
                                            exclusion::max_list_bytes(machine_.memory_bytes), state_.keep_running());
    if (!exclusions && exclusions.error().status == RunStatus::interrupted) return interrupted_outcome();
    if (!exclusions && exclusions.error().status == RunStatus::refused)
      return refused(std::move(exclusions.error().message));
    if (!exclusions) return failed(std::move(exclusions.error()));
    exclusions_ = std::move(*exclusions);
    return {};
  }

  Ended open_store() {
    auto store = line::open_store_to_inline(options_.line);
    if (!store) return RunOutcome{store.error().status, std::move(store.error().message), {}};
    store_ = std::move(*store);
    if (store_) options_.line.store_xxh128 = store_->index_xxh128();
    return {};
  }

  Ended lock_output() {
    if (auto checked = check_output(); !checked) return refused(std::move(checked.error().message));
    if (output_.keeps_nothing()) return {};
    auto taken = output::OutputLock::take(output_.directory);
    if (!taken) return failed(std::move(taken.error()));
    if (!*taken)
      return refused(fmt::format("{}: another run is writing into it; wait for its end, or give another directory",
                                 output_.directory));
    lock_ = std::move(**taken);
    // Another run may have finished between the check and the lock.
    if (auto checked = check_output(); !checked) return refused(std::move(checked.error().message));
    return {};
  }

  // A nightly job may always give --resume: an equal finished run is a success.
  Ended find_finished_run() {
    if (!resumes_ || output::state_of_folder(output_.directory) != output::FolderState::finished) return {};
    return conversion::take_complete_run(options_, sources_);
  }

  Ended fingerprint_inputs() {
    auto fingerprints = input::input_fingerprints(sources_);
    if (!fingerprints) return failed(std::move(fingerprints.error()));
    inputs_ = std::move(*fingerprints);
    fingerprint_ = output::fingerprint_line(options_, inputs_, codec::linked_library_versions());
    return {};
  }

  Ended find_checkpoint() {
    if (!resumes_) return {};
    auto found = conversion::find_resumption(output_.directory, output_.prefix, fingerprint_, state_.keep_running());
    if (!found && found.error().status == RunStatus::interrupted) return interrupted_outcome();
    if (!found) return failed(std::move(found.error()));
    if (found->difference)
      return refused(
          fmt::format("{}: holds an unfinished run of another kind: {}; give the same options and inputs, or "
                      "--force to replace it",
                      output_.directory, *found->difference));
    resumption_ = std::move(*found);
    return {};
  }

  Ended make_context() {
    auto context = conversion::line_context(options_, budget_, options_.line.image_root, store_);
    if (!context) return refused(std::move(context.error().message));
    context_ = std::move(*context);
    context_.exclusions = exclusions_;
    std::vector<std::optional<std::uint64_t>> file_bytes;
    for (const input::InputFingerprint& input : inputs_)
      file_bytes.push_back(input.sample.empty() ? std::nullopt : std::optional(input.bytes));
    meter_.emplace(progress_, file_bytes, state_);
    watchdog_.emplace(state_, std::chrono::seconds(options_.stall_timeout_seconds), on_stall_);
    return {};
  }

  Ended choose_degradation() {
    if (!options_.shards) return {};
    if (auto repeatable = input::check_repeatable(sources_); !repeatable)
      return refused("--shards reads its input more than once, but " + repeatable.error().message);
    auto found = conversion::search_quality(options_, sources_, context_, machine_, state_, *meter_);
    if (!found && !state_.stopping()) return refused(std::move(found.error().message));
    if (found) context_.degradation = *found;
    return {};
  }

  Ended convert_lines() {
    context_.cache = &cache_;
    input::BlockReader reader(sources_, line::block_bytes_for(context_, machine_.memory_bytes),
                              options_.line.max_line_bytes);
    conversion::Committer committer(options_, sources_, on_shard_);
    if (!output_.keeps_nothing()) committer.keep_gallery({output_.directory, sources_, budget_});
    if (options_.line.images == ImagePlace::files && !output_.keeps_nothing())
      committer.keep_images(std::make_unique<output::ImageFolder>(
          output_.directory, in_output(output::work_directory_name), durability_of(output_.sync)));
    if (options_.line.duplicates == Duplicates::drop) committer.drop_duplicates(budget_);
    state_.run_checked(Stage::finish, [&] { return open_output(reader, committer); });
    conversion::ConvertProcessor processor(context_, committer,
                                           [&](const RunReport& so_far, const input::TextBlock& text) {
                                             meter_->report(so_far.counts, so_far.input_bytes, text);
                                           });
    if (!state_.stopping()) engine::run({reader, budget_, cache_, processor, state_}, machine_.threads);
    state_.run_checked(Stage::finish, [&] { return committer.finish(); });
    gallery_ = committer.take_gallery();
    outcome_.report = committer.take_report();
    for (std::size_t i = 0; i < outcome_.report.inputs.size(); ++i)
      outcome_.report.inputs[i].bytes = std::max(reader.file_bytes()[i], inputs_[i].bytes);
    return {};
  }

  Ended check_inputs() {
    state_.run_checked(Stage::finish, [&]() -> RunResult<void> {
      auto now = input::input_fingerprints(sources_);
      if (!now) return tl::unexpected(now.error());
      for (std::size_t i = 0; i < sources_.size(); ++i)
        if ((*now)[i] != inputs_[i]) return run_fault(fmt::format("{}: was changed while it was read", sources_[i]));
      return {};
    });
    return {};
  }

  Ended render_gallery() {
    // A fiftieth of the time, plus enough for small pictures after a very short run.
    constexpr std::chrono::milliseconds min_time(20);
    state_.run(Stage::finish, [&] {
      const auto allowed = min_time + (steady_clock::now() - begin_) / 50;
      outcome_.report.gallery = gallery_.render(context_, allowed, machine_.threads);
    });
    return {};
  }

  Ended publish() {
    RunReport& report = outcome_.report;
    if (options_.shards) report.loss = image::described(context_.degradation);
    report.threads = machine_.threads;
    report.memory_bytes = machine_.memory_bytes;
    report.seconds = std::chrono::duration<double>(steady_clock::now() - begin_).count();
    if (!state_.failed() && stop_) return interrupted_outcome();
    report.stages = state_.stage_times();
    for (std::size_t i = 0; i < report.inputs.size(); ++i) report.inputs[i].modified_ns = inputs_[i].modified_ns;
    conversion::add_warnings(options_.limits, report);
    conversion::warn_of_foreign_places(exclusions_.get(), report);
    state_.run_checked_to_end(Stage::finish, [&]() -> RunResult<void> {
      if (options_.line.images == ImagePlace::files && !output_.keeps_nothing())
        report.image_files = VISIONSHARD_TRY(output::count_images(output_.directory));
      return conversion::write_reports(options_, report);
    });
    if (state_.fault()) {
      report.warnings.clear();
      outcome_.status = RunStatus::failed;
      outcome_.message = state_.fault()->message + next_steps();
    }
    return {};
  }

  RunOutcome interrupted_outcome() {
    return {RunStatus::interrupted, "interrupted" + next_steps(), std::move(outcome_.report)};
  }

  RunResult<void> check_output() const {
    if (output_.keeps_nothing()) return {};
    const auto if_held = output_.force    ? output::IfHeld::replace
                         : output_.resume ? output::IfHeld::resume
                                          : output::IfHeld::refuse;
    return output::check_output_directory(output_.directory, if_held, sources_, conversion::read_later(options_));
  }

  // Prepares the output directory; for a resumed run, moves the reader and the committer to its last checkpoint.
  RunResult<void> open_output(input::BlockReader& reader, conversion::Committer& committer) {
    if (output_.keeps_nothing()) return {};
    const std::string& directory = output_.directory;
    std::vector<std::string>& journal = resumption_.journal;
    if (journal.empty()) {
      if (auto prepared = output::prepare_output_directory(
              directory, output::unfinished_prefix(directory).value_or(output_.prefix), output::manifest_shard_names);
          !prepared)
        return prepared;
      journal.push_back(fingerprint_);
    } else if (auto restored = conversion::restore_folder(directory, output_.prefix, resumption_); !restored) {
      return restored;
    }
    if (const auto& last = resumption_.last) {
      if (auto started = reader.start_at(last->file, last->offset); !started) return started;
      if (auto resumed = committer.resume(*last, resumption_.shards, state_.keep_running());
          !resumed && resumed.error().status != RunStatus::interrupted)
        return resumed;
    }
    auto opened = output::Journal::create(directory, journal, durability_of(output_.sync));
    if (!opened) return tl::unexpected(opened.error());
    committer.keep_journal(std::move(*opened));
    return {};
  }

  // What the user can do next, as the end of a message.
  std::string next_steps() const {
    if (output_.keeps_nothing() || output::state_of_folder(output_.directory) != output::FolderState::unfinished)
      return "";
    return fmt::format("; {} holds an unfinished run: {}", output_.directory,
                       input::check_repeatable(sources_) ? "--resume continues it, --force replaces it"
                                                         : "its input cannot be read again, so --force begins again");
  }

  std::string in_output(std::string_view name) const { return fmt::format("{}/{}", output_.directory, name); }

  ConvertOptions options_;
  const OutputOptions& output_ = options_.output;
  const bool resumes_ = output_.resume && !output_.keeps_nothing();
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  const OnStall& on_stall_;
  const OnShard& on_shard_;
  const steady_clock::time_point begin_ = steady_clock::now();
  engine::RunState state_{stop_};
  const Machine machine_ = machine_for(options_.threads, options_.memory_bytes);
  engine::Budget budget_{machine_.memory_bytes};
  engine::ConversionCache cache_{budget_};
  // Results of the passes.
  std::vector<std::string> sources_;
  std::shared_ptr<const exclusion::Exclusions> exclusions_;
  std::shared_ptr<const store::StoreReader> store_;
  output::OutputLock lock_;
  std::vector<input::InputFingerprint> inputs_;
  std::string fingerprint_;
  conversion::Resumption resumption_;
  line::LineContext context_;
  std::optional<engine::ProgressMeter> meter_;
  std::optional<engine::Watchdog> watchdog_;
  report::Gallery gallery_;
  RunOutcome outcome_;
};

}  // namespace

RunOutcome conversion::convert_in_input_order(const ConvertOptions& options, const std::atomic<bool>& stop,
                                              const Progress& progress, const OnStall& on_stall,
                                              const OnShard& on_shard) {
  return catch_to_result<RunOutcome>(
      [&](RunOutcome& outcome) { outcome = Run(options, stop, progress, on_stall, on_shard).run(); });
}

}  // namespace visionshard
