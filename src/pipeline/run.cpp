#include <fmt/format.h>
#include <unistd.h>
#include <visionshard/run.h>
#include <visionshard/version.h>

#include <chrono>

#include "base/processors.h"
#include "input/source_list.h"
#include "pipeline/graph.h"
#include "report/html.h"
#include "report/manifest.h"
#include "shard/output_directory.h"

namespace visionshard {
namespace {

std::uint64_t default_memory_bytes() {
  const auto ram =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  return std::min<std::uint64_t>(ram / 4, 2ull << 30);
}

// 1 MiB keeps a block in the second-level cache from the read to the last look at it; a small budget wants several.
std::size_t block_bytes_for(std::uint64_t memory_bytes) {
  return std::clamp<std::size_t>(memory_bytes / 64, 64 << 10, 1 << 20);
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

class Run {
 public:
  Run(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress)
      : options_(options), stop_(stop), progress_(progress), state_(stop) {}

  RunOutcome go() {
    const auto begin = std::chrono::steady_clock::now();
    const unsigned threads = options_.threads > 0 ? options_.threads : usable_processors();
    const std::uint64_t memory = options_.memory_bytes > 0 ? options_.memory_bytes : default_memory_bytes();
    auto sources = input::list_sources(options_.inputs);
    if (!sources) return {RunStatus::failed, std::move(sources.error().message), {}};
    const OutputOptions& output = options_.output;
    const bool keeps_files = !output.keeps_nothing();
    if (auto checked =
            keeps_files ? shard::check_output_directory(output.directory, output.force, *sources) : RunResult<void>();
        !checked)
      return refused(std::move(checked.error().message));
    pipeline::Budget budget(memory);
    pipeline::ConversionCache cache(budget);
    pipeline::LineContext context{options_.limits, options_.line, options_.image, std::nullopt, &budget, &cache};
    if (!options_.line.image_root.empty()) {
      auto root = image::ImageRoot::open(options_.line.image_root);
      if (!root) return refused(std::move(root.error().message));
      context.image_root = std::move(*root);
    }
    if (auto prepared =
            keeps_files ? shard::prepare_output_directory(output.directory, output.prefix) : RunResult<void>();
        !prepared)
      return {RunStatus::failed, std::move(prepared.error().message), {}};

    input::BlockReader reader(*sources, block_bytes_for(memory), options_.line.max_line_bytes);
    pipeline::Committer committer(options_, *sources);
    const pipeline::Stages stages{reader, context, committer, state_, progress_};
    if (threads == 1)
      pipeline::run_loop(stages);
    else
      pipeline::run_graph(stages, threads);

    if (!state_.failed() && !stop_) state_.run_checked([&] { return committer.finish(); });
    RunOutcome outcome{RunStatus::done, {}, committer.take_report()};
    RunReport& report = outcome.report;
    for (std::size_t i = 0; i < report.inputs.size(); ++i) report.inputs[i].bytes = reader.file_bytes()[i];
    report.threads = threads;
    report.memory_bytes = memory;
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

std::optional<Limits> profile_limits(const std::string& profile) {
  Limits limits;
  if (profile == "openai") return limits;
  if (profile == "azure") {
    limits.max_images_per_example = 64;
    return limits;
  }
  if (profile == "fireworks") {
    limits.max_images_per_example = no_limit;
    limits.max_image_examples = 3'000'000;
    limits.max_shard_bytes = 150'000'000;
    limits.fewest_examples = 3;
    limits.webp = false;
    limits.urls = false;
    limits.images_user_only = true;
    return limits;
  }
  if (profile == "none") {
    limits.max_images_per_example = limits.max_image_bytes = limits.max_image_examples = limits.max_shard_bytes =
        no_limit;
    limits.fewest_examples = 0;
    limits.example_rules = false;
    return limits;
  }
  return std::nullopt;
}

}  // namespace visionshard
