#include "screen/screen.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/catch_to_result.h"
#include "base/file.h"
#include "base/machine.h"
#include "engine/pipeline.h"
#include "engine/progress_meter.h"
#include "input/source_list.h"
#include "line/stored_image.h"
#include "screen/face_tally.h"

namespace visionshard::screen {
namespace {

class ScreenProcessor final : public engine::BatchProcessor {
 public:
  ScreenProcessor(const ScreenContext& context, FaceTally& tally, const engine::ProgressMeter& progress)
      : context_(context), tally_(tally), progress_(progress) {}

  std::unique_ptr<engine::Batch> make_batch() const override { return std::make_unique<ScreenBatch>(); }
  std::unique_ptr<engine::Scratch> make_scratch() const override { return std::make_unique<line::Scratch>(); }
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override {
    return find_images(own(batch), context_, static_cast<line::Scratch&>(scratch));
  }
  RunResult<engine::SharedResult> convert(engine::ImageWork work) const override {
    detections_.fetch_add(1, std::memory_order_relaxed);
    return screen_pending(own(*work.batch), work.index, context_);
  }
  void apply(engine::ImageWork work, const engine::SharedResult& result) const override {
    ScreenBatch& batch = own(*work.batch);
    batch.images[batch.pending_images[work.index]].result = result;
  }
  void assemble(engine::Batch&) const override {}
  RunResult<void> commit(engine::Batch& batch) override {
    VISIONSHARD_TRY(tally_.add(own(batch)));
    progress_.report({}, tally_.text_bytes(), batch.text);
    return {};
  }

  std::uint64_t detections() const noexcept { return detections_; }

 private:
  static ScreenBatch& own(engine::Batch& batch) noexcept { return static_cast<ScreenBatch&>(batch); }

  const ScreenContext& context_;
  FaceTally& tally_;
  const engine::ProgressMeter& progress_;
  mutable std::atomic<std::uint64_t> detections_{0};
};

// The size of each file; none where it is not a regular file.
std::vector<std::optional<std::uint64_t>> bytes_of(const std::vector<std::string>& paths) {
  std::vector<std::optional<std::uint64_t>> all;
  for (const std::string& path : paths) {
    const auto state = path == "-" ? tl::unexpected(RunFault()) : file_state(path);
    all.push_back(state && state->is_regular ? std::optional(state->bytes) : std::nullopt);
  }
  return all;
}

RunResult<void> check_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& sources) {
  std::error_code ignored;
  for (const std::string& output : outputs)
    for (const std::string& source : sources)
      if (source != "-" && std::filesystem::equivalent(output, source, ignored))
        return refusal(fmt::format("{}: is an input and would be replaced; write to another file", output));
  return {};
}

RunResult<void> open_places(ScreenContext& context) {
  context.store = VISIONSHARD_TRY(line::open_store(context.line));
  if (context.line.image_root.empty()) return {};
  auto root = VISIONSHARD_TRY(image::ImageRoot::open(context.line.image_root));
  context.image_root = std::make_shared<const image::ImageRoot>(std::move(root));
  return {};
}

ScreenOutcome ended(RunFault&& fault) { return {fault.status, std::move(fault.message), {}}; }

ScreenOutcome run_screen(const ScreenOptions& options, const std::atomic<bool>& stop,
                         const OnScreenProgress& on_progress) {
  const auto begin = std::chrono::steady_clock::now();
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  auto sources = input::list_sources(options.inputs);
  if (!sources) return ended(std::move(sources.error()));
  if (auto free = check_outputs(options.outputs, *sources); !free) return ended(std::move(free.error()));
  engine::Budget budget(machine.memory_bytes);
  engine::ConversionCache cache(budget);
  const FaceDetector detector;
  ScreenContext context;
  context.limits.example_rules = false;
  context.limits.urls = true;
  context.line = options.line;
  context.image = options.image;
  context.budget = &budget;
  context.cache = &cache;
  context.detection = options.detection;
  context.detector = &detector;
  if (auto opened = open_places(context); !opened) return ended(std::move(opened.error()));
  engine::RunState state(stop);
  FaceTally tally(*sources, budget);
  input::BlockReader reader(*sources, line::block_bytes_for(context, machine.memory_bytes),
                            options.line.max_line_bytes);
  Progress progress;
  if (on_progress) progress = [&](const ProgressReport& so_far) { on_progress({so_far, tally.report().counts}); };
  const engine::ProgressMeter meter(progress, bytes_of(*sources), state);
  ScreenProcessor processor(context, tally, meter);
  engine::run({reader, budget, cache, processor, state}, machine.threads);
  if (state.fault() && state.fault()->status != RunStatus::interrupted) return ended(RunFault(*state.fault()));
  if (stop) return {RunStatus::interrupted, "interrupted; nothing was written", {}};
  ScreenOutcome outcome{RunStatus::done, {}, tally.take_report()};
  outcome.report.detections = processor.detections();
  outcome.report.threads = machine.threads;
  outcome.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace

ScreenOutcome screen(const ScreenOptions& options, const std::atomic<bool>& stop, const OnScreenProgress& progress) {
  return catch_to_result<ScreenOutcome>([&](ScreenOutcome& outcome) { outcome = run_screen(options, stop, progress); });
}

}  // namespace visionshard::screen
