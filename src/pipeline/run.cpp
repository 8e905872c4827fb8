#include <fmt/format.h>
#include <visionshard/run.h>
#include <visionshard/version.h>

#include <chrono>

#include "input/source_list.h"
#include "pipeline/commit.h"
#include "pipeline/graph.h"
#include "pipeline/least_loss.h"
#include "pipeline/line_task.h"
#include "pipeline/machine.h"
#include "report/html.h"
#include "report/manifest.h"
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
  Run(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress)
      : options_(options), stop_(stop), progress_(progress), state_(stop) {}

  RunOutcome go() {
    const auto begin = std::chrono::steady_clock::now();
    const pipeline::Machine machine = pipeline::machine_for(options_.threads, options_.memory_bytes);
    auto sources = input::list_sources(options_.inputs);
    if (!sources) return {RunStatus::failed, std::move(sources.error().message), {}};
    const OutputOptions& output = options_.output;
    const bool keeps_files = !output.keeps_nothing();
    if (auto checked =
            keeps_files ? shard::check_output_directory(output.directory, output.force, *sources) : RunResult<void>();
        !checked)
      return refused(std::move(checked.error().message));
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
    if (options_.shards) {
      if (auto repeatable = input::check_repeatable(*sources); !repeatable)
        return refused("--shards reads its input more than once, but " + repeatable.error().message);
      auto loss = pipeline::least_loss(options_, *sources, context, machine, state_, progress_);
      if (loss) context.loss = *loss;
      if (!loss && !stop_ && !state_.fault()) return refused(std::move(loss.error().message));
    }
    if (auto prepared = keeps_files && !state_.stopping()
                            ? shard::prepare_output_directory(output.directory, output.prefix)
                            : RunResult<void>();
        !prepared)
      return {RunStatus::failed, std::move(prepared.error().message), {}};

    pipeline::ConversionCache cache(budget);
    context.cache = &cache;
    input::BlockReader reader(*sources, pipeline::block_bytes_for(machine.memory_bytes), options_.line.max_line_bytes);
    pipeline::Committer committer(options_, *sources);
    ConvertJob job(context, committer, progress_);
    pipeline::run({reader, budget, cache, job, state_}, machine.threads);

    if (!state_.failed() && !stop_) state_.run_checked([&] { return committer.finish(); });
    RunOutcome outcome{RunStatus::done, {}, committer.take_report()};
    RunReport& report = outcome.report;
    if (options_.shards) report.loss = image::described(context.loss);
    for (std::size_t i = 0; i < report.inputs.size(); ++i) report.inputs[i].bytes = reader.file_bytes()[i];
    report.threads = machine.threads;
    report.memory_bytes = machine.memory_bytes;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!state_.failed() && stop_) {
      outcome.status = RunStatus::interrupted;
      outcome.message =
          fmt::format("interrupted; {} holds an unfinished run, which --force replaces", output.directory);
      return outcome;
    }
    add_warnings(options_, report);
    state_.run_checked([&] { return publish(report); });
    if (state_.fault()) {
      outcome.status = RunStatus::failed;
      outcome.message = fmt::format("{}; {} holds an unfinished run, which --force replaces", state_.fault()->message,
                                    output.directory);
    }
    return outcome;
  }

 private:
  // The manifest comes last: its presence says that everything else is there.
  RunResult<void> publish(const RunReport& report) {
    if (auto broken = broken_conservation(report.counts)) return run_fault(std::move(*broken));
    if (options_.shards && report.shards.size() > *options_.shards)
      return run_fault(
          fmt::format("{} shards were written where {} had been measured; the input changed meanwhile, or "
                      "this is a defect",
                      report.shards.size(), *options_.shards));
    if (options_.output.keeps_nothing()) return {};
    const std::string& directory = options_.output.directory;
    if (auto written =
            write_file_atomically(fmt::format("{}/{}", directory, shard::run_json_name), report::run_json(report));
        !written)
      return written;
    if (auto written = write_file_atomically(fmt::format("{}/{}", directory, shard::report_name),
                                             report::report_html(options_, report));
        !written)
      return written;
    if (auto removed = shard::remove_work_directory(directory); !removed) return removed;
    return write_file_atomically(fmt::format("{}/{}", directory, shard::manifest_name),
                                 report::manifest_json(options_, report));
  }

  const ConvertOptions& options_;
  const std::atomic<bool>& stop_;
  const Progress& progress_;
  pipeline::RunState state_;
};

}  // namespace

RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress) {
  try {
    return Run(options, stop, progress).go();
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
