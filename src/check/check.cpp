#include <visionshard/check.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/catch_to_result.h"
#include "base/file.h"
#include "base/machine.h"
#include "check/check_lines.h"
#include "check/compare_run.h"
#include "check/sources.h"
#include "check/tally.h"
#include "engine/pipeline.h"
#include "engine/progress_meter.h"
#include "line/stages.h"
#include "line/stored_image.h"

namespace visionshard {
namespace {

using namespace checking;

class CheckProcessor final : public engine::BatchProcessor {
 public:
  /// `contexts`: of each source.
  CheckProcessor(std::vector<std::shared_ptr<const CheckContext>> contexts, CheckTally& tally,
                 const engine::ProgressMeter& progress)
      : contexts_(std::move(contexts)), tally_(tally), progress_(progress) {}

  std::unique_ptr<engine::Batch> make_batch() const override { return std::make_unique<CheckBatch>(); }
  std::unique_ptr<engine::Scratch> make_scratch() const override { return std::make_unique<line::Scratch>(); }
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override {
    return check_lines(own(batch), context_of(batch), static_cast<line::Scratch&>(scratch));
  }
  RunResult<engine::SharedResult> convert(engine::ImageWork work) const override {
    return check_image(own(*work.batch), work.index, context_of(*work.batch));
  }
  void apply(engine::ImageWork work, const engine::SharedResult& result) const override {
    line::apply_result(own(*work.batch), work.index, result);
  }
  void assemble(engine::Batch& batch) const override { gather_findings(own(batch)); }
  RunResult<void> commit(engine::Batch& batch) override {
    tally_.add(own(batch));
    const CheckCounts& counts = tally_.report().counts;
    Counts so_far;
    so_far.lines = counts.lines;
    so_far.blank = counts.blank;
    so_far.rejected = counts.skipped;
    so_far.images = counts.images;
    progress_.report(so_far, tally_.text_bytes(), batch.text);
    return {};
  }

 private:
  static CheckBatch& own(engine::Batch& batch) noexcept { return static_cast<CheckBatch&>(batch); }

  const CheckContext& context_of(const engine::Batch& batch) const { return *contexts_[batch.text.file]; }

  std::vector<std::shared_ptr<const CheckContext>> contexts_;
  CheckTally& tally_;
  const engine::ProgressMeter& progress_;
};

// `given` with the folder of each source's run, where that was written for a local trainer.
RunResult<std::vector<std::shared_ptr<const CheckContext>>> contexts_of(const Sources& sources, CheckContext given) {
  const auto open = [](CheckContext context,
                       const std::string& folder) -> RunResult<std::shared_ptr<const CheckContext>> {
    if (!folder.empty())
      context.image_root = std::make_shared<const image::ImageRoot>(VISIONSHARD_TRY(image::ImageRoot::open(folder)));
    return std::make_shared<const CheckContext>(std::move(context));
  };
  const auto as_given = VISIONSHARD_TRY(open(given, given.line.image_root));
  std::vector<std::shared_ptr<const CheckContext>> of_runs;
  for (const CheckedRun& run : sources.runs) {
    CheckContext context = given;
    context.for_local_trainer = run.written.layout != OutputLayout::chat || run.written.images == ImagePlace::files;
    of_runs.push_back(context.for_local_trainer ? VISIONSHARD_TRY(open(std::move(context), run.directory)) : as_given);
  }
  std::vector<std::shared_ptr<const CheckContext>> all;
  for (const std::size_t run : sources.run_of_path) all.push_back(run == Sources::no_run ? as_given : of_runs[run]);
  return all;
}

CheckOutcome failed(RunFault&& fault) { return {RunStatus::failed, std::move(fault.message), {}}; }
CheckOutcome ended(RunFault&& fault) { return {fault.status, std::move(fault.message), {}}; }

// The size of each file; none where it is not a regular file.
std::vector<std::optional<std::uint64_t>> bytes_of(const std::vector<std::string>& paths) {
  std::vector<std::optional<std::uint64_t>> all;
  for (const std::string& path : paths) {
    const auto state = file_state(path);
    all.push_back(state && state->is_regular ? std::optional(state->bytes) : std::nullopt);
  }
  return all;
}

CheckOutcome run_check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                       const OnFinding& on_finding) {
  const auto begin = std::chrono::steady_clock::now();
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  auto sources = list_sources(options.inputs);
  if (!sources) return failed(std::move(sources.error()));
  auto store = line::open_store(options.line);
  if (!store) return ended(std::move(store.error()));
  engine::Budget budget(machine.memory_bytes);
  engine::ConversionCache cache(budget);
  CheckContext context;
  context.limits = options.limits;
  context.line = options.line;
  context.image = options.image;
  context.budget = &budget;
  context.cache = &cache;
  context.model = options.model;
  context.store = *store;
  auto contexts = contexts_of(*sources, context);
  if (!contexts) return failed(std::move(contexts.error()));
  engine::RunState state(stop);
  CheckTally tally(options.limits, sources->paths, on_finding);
  input::BlockReader reader(sources->paths, text_block_bytes(machine.memory_bytes), options.line.max_line_bytes);
  const engine::ProgressMeter meter(progress, bytes_of(sources->paths), state);
  CheckProcessor processor(std::move(*contexts), tally, meter);
  engine::run({reader, budget, cache, processor, state}, machine.threads);
  state.run_checked(Stage::finish, [&]() -> RunResult<void> {
    if (stop) return {};
    tally.finish(reader.file_bytes());
    for (const CheckedRun& run : sources->runs) VISIONSHARD_TRY(compare_run(run, machine.threads, stop, tally));
    return {};
  });
  if (state.fault() && state.fault()->status != RunStatus::interrupted) return failed(RunFault(*state.fault()));
  if (stop) return {RunStatus::interrupted, "interrupted; not all lines were checked", {}};
  CheckOutcome outcome{RunStatus::done, {}, tally.take_report()};
  for (CheckedRun& run : sources->runs) outcome.report.manifests.push_back(std::move(run.manifest));
  if (*store) outcome.report.store_xxh128 = (*store)->index_xxh128();
  outcome.report.threads = machine.threads;
  outcome.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace

CheckOutcome check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                   const OnFinding& on_finding) {
  return catch_to_result<CheckOutcome>(
      [&](CheckOutcome& outcome) { outcome = run_check(options, stop, progress, on_finding); });
}

}  // namespace visionshard
