#include <fmt/format.h>
#include <visionshard/run.h>
#include <visionshard/version.h>

#include <algorithm>
#include <chrono>

#include "codec/library_versions.h"
#include "input/source_list.h"
#include "pipeline/commit.h"
#include "pipeline/graph.h"
#include "pipeline/least_loss.h"
#include "pipeline/line_task.h"
#include "pipeline/machine.h"
#include "pipeline/resumption.h"
#include "pipeline/source_state.h"
#include "pipeline/watchdog.h"
#include "report/fingerprint.h"
#include "report/html.h"
#include "report/manifest.h"
#include "shard/finished_run.h"
#include "shard/journal.h"
#include "shard/output_directory.h"

namespace visionshard {
namespace {

// An image within max_image_bytes whose URL is too long is too large all the same.
Limits narrowed(Limits limits) {
  constexpr std::uint64_t longest_prefix = std::string_view("data:image/jpeg;base64,").size();
  if (limits.max_url_chars != no_limit)
    limits.max_image_bytes =
        std::min(limits.max_image_bytes, (std::max(limits.max_url_chars, longest_prefix) - longest_prefix) / 4 * 3);
  return limits;
}

RunOutcome refused(std::string message) { return {RunStatus::refused, std::move(message), {}}; }

std::optional<std::string> broken_conservation(const Counts& c) {
  if (c.lines == c.blank + c.written + c.rejected + c.duplicates &&
      c.images == c.images_kept + c.images_relabelled + c.images_converted + c.images_shrunk)
    return std::nullopt;
  return fmt::format(
      "the counts do not add up ({} lines, {} blank, {} written, {} rejected, {} duplicates); the output "
      "is not to be trusted; please report this defect",
      c.lines, c.blank, c.written, c.rejected, c.duplicates);
}

void add_warnings(const ConvertOptions& options, RunReport& report) {
  for (const ShardInfo& s : report.shards)
    if (s.examples < options.limits.fewest_examples)
      report.warnings.push_back(fmt::format("{} holds {} examples; the provider wants at least {} in a file", s.path,
                                            s.examples, options.limits.fewest_examples));
  if (report.counts.written == 0) report.warnings.push_back("nothing was written: no line is an acceptable example");
}

class ConvertJob final : public pipeline::Job {
 public:
  ConvertJob(const pipeline::LineContext& context, pipeline::Committer& committer, const Progress& progress)
      : context_(context), committer_(committer), progress_(progress) {}

  void inspect(pipeline::Batch& batch, pipeline::Scratch& scratch) const override {
    pipeline::inspect(batch, context_, scratch);
  }
  pipeline::SharedConversion convert_image(pipeline::ImageWork work) const override {
    return pipeline::convert_image(work, context_);
  }
  void assemble(pipeline::Batch& batch) const override { pipeline::assemble(batch, context_); }
  RunResult<void> commit(pipeline::Batch& batch) override {
    auto done = committer_.commit(batch);
    if (progress_) progress_(committer_.report().counts, committer_.report().input_bytes);
    return done;
  }
  RunResult<void> publish(shard::ShardFile& shard) override { return committer_.publish(shard); }
  bool keeps_bytes() const noexcept override { return committer_.keeps_bytes(); }

 private:
  const pipeline::LineContext& context_;
  pipeline::Committer& committer_;
  const Progress& progress_;
};

class Run {
 public:
  Run(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress, const OnStall& on_stall)
      : options_(options),
        output_(options.output),
        resumes_(output_.resume && !output_.keeps_nothing()),
        durability_(output_.sync ? Durability::synced : Durability::none),
        stop_(stop),
        progress_(progress),
        on_stall_(on_stall),
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
    if (is_complete()) return complete_already(*sources);
    auto states = pipeline::states_of(*sources);
    if (!states) return failed(std::move(states.error()));
    const std::string fingerprint = report::fingerprint_line(options_, *states, codec::library_versions());
    pipeline::Resumption resumption;
    if (resumes_) {
      auto found = pipeline::find_resumption(output_.directory, fingerprint);
      if (!found) return refused(std::move(found.error().message));
      resumption = std::move(*found);
    }
    pipeline::Budget budget(machine.memory_bytes);
    pipeline::LineContext context;
    context.limits = narrowed(options_.limits);
    context.line = options_.line;
    context.image = options_.image;
    context.budget = &budget;
    if (options_.image.fit_model == FitModel::tiles) context.loss = image::Loss{.above_bytes = 0};
    if (!options_.line.image_root.empty()) {
      auto root = image::ImageRoot::open(options_.line.image_root);
      if (!root) return refused(std::move(root.error().message));
      context.image_root = std::make_shared<const image::ImageRoot>(std::move(*root));
    }
    const pipeline::Watchdog watchdog(state_, std::chrono::seconds(options_.stall_timeout_seconds), on_stall_);
    if (options_.shards) {
      if (auto repeatable = input::check_repeatable(*sources); !repeatable)
        return refused("--shards reads its input more than once, but " + repeatable.error().message);
      auto loss = pipeline::least_loss(options_, *sources, context, machine, state_, progress_);
      if (!loss && !state_.stopping()) return refused(std::move(loss.error().message));
      if (loss) context.loss = *loss;
    }

    pipeline::ConversionCache cache(budget);
    context.cache = &cache;
    input::BlockReader reader(*sources, pipeline::block_bytes_for(machine.memory_bytes), options_.line.max_line_bytes);
    pipeline::Committer committer(options_, *sources);
    state_.run_checked(pipeline::Stage::finish,
                       [&] { return open_output(resumption, fingerprint, reader, committer); });
    ConvertJob job(context, committer, progress_);
    if (!state_.stopping())
      pipeline::run({reader, budget, cache, job, state_, resumption.shards.size()}, machine.threads);
    state_.run_checked(pipeline::Stage::finish, [&] { return committer.finish(); });
    state_.run_checked(pipeline::Stage::finish, [&] { return check_unchanged(*sources, *states); });

    RunOutcome outcome{RunStatus::done, {}, committer.take_report()};
    RunReport& report = outcome.report;
    if (options_.shards) report.loss = image::described(context.loss);
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
    add_warnings(options_, report);
    state_.run_checked(pipeline::Stage::finish, [&] { return publish(report); });
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
    const auto if_held = output_.force    ? shard::IfHeld::replace
                         : output_.resume ? shard::IfHeld::resume
                                          : shard::IfHeld::refuse;
    return shard::check_output_directory(output_.directory, if_held, sources);
  }

  bool is_complete() const {
    return resumes_ && shard::state_of_folder(output_.directory) == shard::FolderState::finished;
  }

  // A nightly job that always says --resume finds last night's run done, if it is this one.
  RunOutcome complete_already(const std::vector<std::string>& sources) const {
    auto other = report::difference_from_manifest(in_output(shard::manifest_name), options_, sources);
    if (!other) return failed(std::move(other.error()));
    if (*other)
      return refused(
          fmt::format("{}: holds a finished run of another kind: {}; give --force to replace it, or another "
                      "directory",
                      output_.directory, **other));
    if (auto removed = shard::remove_work_directory(output_.directory); !removed)
      return failed(std::move(removed.error()));
    RunOutcome outcome{RunStatus::done, fmt::format("{}: is complete already", output_.directory), {}};
    outcome.was_complete = true;
    return outcome;
  }

  // Makes the folder ready, and the reader and the committer go on where it stands.
  RunResult<void> open_output(const pipeline::Resumption& resumption, const std::string& fingerprint,
                              input::BlockReader& reader, pipeline::Committer& committer) const {
    if (output_.keeps_nothing()) return {};
    const std::string& directory = output_.directory;
    std::vector<std::string> journal = resumption.journal;
    if (journal.empty()) {
      if (auto prepared = shard::prepare_output_directory(directory, output_.prefix); !prepared) return prepared;
      journal.push_back(fingerprint);
    } else if (auto restored = pipeline::restore_folder(directory, output_.prefix, resumption); !restored) {
      return restored;
    }
    if (const auto& last = resumption.last) {
      if (auto started = reader.start_at(last->file, last->offset); !started) return started;
      if (auto resumed = committer.resume(*last, resumption.shards); !resumed) return resumed;
    }
    auto opened = shard::Journal::create(directory, journal, durability_);
    if (!opened) return tl::unexpected(opened.error());
    committer.keep_journal(std::move(*opened));
    return {};
  }

  RunResult<void> check_unchanged(const std::vector<std::string>& sources,
                                  const std::vector<report::SourceState>& before) const {
    auto now = pipeline::states_of(sources);
    if (!now) return tl::unexpected(now.error());
    for (std::size_t i = 0; i < sources.size(); ++i)
      if ((*now)[i] != before[i]) return run_fault(fmt::format("{}: was changed while it was read", sources[i]));
    return {};
  }

  // Behind what went wrong: how the user can go on.
  std::string ways_on(const std::vector<std::string>& sources) const {
    if (output_.keeps_nothing() || shard::state_of_folder(output_.directory) != shard::FolderState::unfinished)
      return "";
    return fmt::format("; {} holds an unfinished run: {}", output_.directory,
                       input::check_repeatable(sources) ? "--resume continues it, --force replaces it"
                                                        : "its input cannot be read again, so --force begins anew");
  }

  std::string in_output(std::string_view name) const { return fmt::format("{}/{}", output_.directory, name); }

  // The manifest comes last: its presence says that everything else is there.
  RunResult<void> publish(const RunReport& report) const {
    if (auto broken = broken_conservation(report.counts)) return run_fault(std::move(*broken));
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
    if (auto written = write(shard::run_json_name, report::run_json(report), none); !written) return written;
    if (auto written = write(shard::report_name, report::report_html(options_, report), none); !written) return written;
    if (auto written = write(shard::manifest_name, report::manifest_json(options_, report), durability_); !written)
      return written;
    return shard::remove_work_directory(output_.directory);
  }

  const ConvertOptions& options_;
  const OutputOptions& output_;
  bool resumes_;
  Durability durability_;
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  const OnStall& on_stall_;
  pipeline::RunState state_;
};

}  // namespace

RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                   const OnStall& on_stall) {
  try {
    return Run(options, stop, progress, on_stall).go();
  } catch (const std::bad_alloc&) {
    return {RunStatus::failed, "out of memory; lower --memory or --threads", {}};
  } catch (const std::exception& e) {
    return {RunStatus::failed, fmt::format("internal error: {}; please report this defect", e.what()), {}};
  }
}

std::string summary_json(const ConvertOptions& options, const RunReport& report) {
  return report::summary_json(options, report);
}

}  // namespace visionshard
