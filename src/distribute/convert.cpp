// A run with a shuffle or a split is a job over many machines on one machine: map, merge, pack and seal, in the run's
// own folder. So both write the same bytes.
#include <visionshard/convert.h>

#include <chrono>

#include "base/catch_to_result.h"
#include "base/machine.h"
#include "convert/check_options.h"
#include "convert/complete_run.h"
#include "convert/convert_in_input_order.h"
#include "distribute/steps.h"
#include "line/stored_image.h"
#include "output/finished_run.h"
#include "output/journal.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"
#include "output/run_fingerprint.h"

namespace visionshard::distribute {
namespace {

class ShapedRun {
 public:
  ShapedRun(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress,
            const OnStall& on_stall, const OnShard& on_shard)
      : options_(options), stop_(stop), progress_(progress), on_stall_(on_stall), on_shard_(on_shard) {}

  RunResult<void> run(RunOutcome& outcome) {
    const std::string& directory = options_.output.directory;
    VISIONSHARD_TRY(conversion::check_options(options_));
    const auto sources = VISIONSHARD_TRY(input::list_sources(options_.inputs, directory));
    if (auto repeatable = input::check_repeatable(sources); !repeatable)
      return refusal(fmt::format("--shuffle, --validation and --near-duplicates read their input in parts, but {}",
                                 repeatable.error().message));
    std::string exclusions;
    const auto store = VISIONSHARD_TRY(line::open_store_to_inline(options_.line));
    JobPlan plan =
        VISIONSHARD_TRY(plan_without_loss({options_, default_part_bytes, {}}, sources, store.get(), exclusions, stop_));
    plan_text(plan);
    VISIONSHARD_TRY(check_output(sources));
    auto lock = VISIONSHARD_TRY(output::OutputLock::take(directory));
    if (!lock)
      return refusal(
          fmt::format("{}: another run is writing into it; wait for its end, or give another directory", directory));
    VISIONSHARD_TRY(check_output(sources));
    if (options_.output.resume && output::state_of_folder(directory) == output::FolderState::finished) {
      outcome = conversion::take_complete_run(plan.options, sources);
      return {};
    }
    const ClusterJob job{plan, JobPaths::within_run(directory, plan)};
    const bool resumes = VISIONSHARD_TRY(is_resumable(job));
    if (!resumes)
      VISIONSHARD_TRY(output::prepare_output_directory(
          directory, output::unfinished_prefix(directory).value_or(options_.output.prefix),
          output::manifest_shard_names));
    began_ = true;
    VISIONSHARD_TRY(publish_plan(plan, job.paths, exclusions, durability_of(options_.output.sync)));
    return run(job, outcome);
  }

  // What the user can do next, as the end of a message.
  std::string next_steps() const {
    return began_ ? fmt::format("; {} holds an unfinished run: --resume continues it, --force replaces it",
                                options_.output.directory)
                  : "";
  }

 private:
  RunResult<void> check_output(const std::vector<std::string>& sources) const {
    const auto if_held = options_.output.force    ? output::IfHeld::replace
                         : options_.output.resume ? output::IfHeld::resume
                                                  : output::IfHeld::refuse;
    auto checked =
        output::check_output_directory(options_.output.directory, if_held, sources, conversion::read_later(options_));
    return checked ? RunResult<void>() : refusal(std::move(checked.error().message));
  }

  // Whether the folder holds this job, begun. Fault: it holds another run, begun.
  RunResult<bool> is_resumable(const ClusterJob& job) const {
    if (!options_.output.resume) return false;
    const std::string& directory = options_.output.directory;
    const auto another = [&](const std::string& difference) {
      return refusal(
          fmt::format("{}: holds an unfinished run of another kind: {}; give the same options and inputs, or --force "
                      "to replace it",
                      directory, difference));
    };
    auto held = VISIONSHARD_TRY(read_plan(job.paths.home));
    if (!held) {
      const auto journal = VISIONSHARD_TRY(output::read_journal(directory));
      return journal.empty() ? RunResult<bool>(false)
                             : another("it was begun without --shuffle, --validation and --near-duplicates");
    }
    if (held->id == job.plan.id) return true;
    JobPlan then = *held, now = job.plan;
    std::string before = plan_text(then);
    const std::string after = plan_text(now);
    before.replace(before.find(then.id), then.id.size(), now.id);
    return another(output::difference(before, after).value_or("its plan"));
  }

  RunResult<void> run(const ClusterJob& job, RunOutcome& outcome) {
    const std::string& directory = options_.output.directory;
    const Machine machine = machine_for(options_.threads, options_.memory_bytes);
    const TaskOptions task{directory,
                           {{0, 1}},
                           machine.threads,
                           machine.memory_bytes,
                           options_.output.sync,
                           options_.stall_timeout_seconds};
    TaskOutcome mapped, packed;
    MergeOutcome merged;
    VISIONSHARD_TRY(map(job, task, stop_, progress_, on_stall_, mapped));
    if (auto done = merge(job, {machine.threads, machine.memory_bytes}, stop_, merged); !done) {
      if (done.error().status != RunStatus::refused) return done;
      // Other options make another plan, to which these parts are of no use.
      began_ = false;
      VISIONSHARD_TRY(output::remove_work_directory(directory));
      return done;
    }
    VISIONSHARD_TRY(pack(job, task, stop_, progress_, packed));
    VISIONSHARD_TRY(seal(
        job, options_.output.sync, stop_,
        [&](RunReport& report) {
          report.parts = 0;
          report.threads = machine.threads;
          report.memory_bytes = machine.memory_bytes;
          report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
        },
        outcome.report));
    for (const ShardInfo& shard : outcome.report.shards)
      if (on_shard_) on_shard_(shard);
    return output::remove_work_directory(directory);
  }

  const ConvertOptions& options_;
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  const OnStall& on_stall_;
  const OnShard& on_shard_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool began_ = false;
};

}  // namespace
}  // namespace visionshard::distribute

namespace visionshard {

RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                   const OnStall& on_stall, const OnShard& on_shard) {
  if (!options.shaping.any()) return conversion::convert_in_input_order(options, stop, progress, on_stall, on_shard);
  return catch_to_result<RunOutcome>([&](RunOutcome& outcome) {
    distribute::ShapedRun run(options, stop, progress, on_stall, on_shard);
    auto done = run.run(outcome);
    if (done) return;
    outcome.status = done.error().status;
    outcome.message =
        (outcome.status == RunStatus::interrupted ? "interrupted" : done.error().message) + run.next_steps();
  });
}

}  // namespace visionshard
