#include "convert/quality_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/keep_running.h"
#include "base/number_text.h"
#include "base/portable_math.h"
#include "convert/duplicate_filter.h"
#include "convert/method_filter.h"
#include "engine/pipeline.h"
#include "line/stages.h"
#include "output/shard_planner.h"

namespace visionshard::conversion {
namespace {

struct LevelSize {
  output::ShardPlanner planner;
  std::uint64_t shards = 0;
  std::uint64_t bytes = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t too_large = 0;  // examples larger than a whole file
};

class MeasureProcessor final : public engine::BatchProcessor {
 public:
  MeasureProcessor(const line::LineContext& context, const engine::ProgressMeter& progress)
      : context_(context), progress_(progress) {
    for (std::size_t i = 0; i < context.levels.size(); ++i)
      sizes_.push_back({output::ShardPlanner(context.limits.max_shard_bytes, context.limits.max_image_examples)});
    if (context.line.duplicates == Duplicates::drop) seen_.emplace(*context.budget);
  }

  std::unique_ptr<engine::Batch> make_batch() const override { return std::make_unique<line::LineBatch>(); }
  std::unique_ptr<engine::Scratch> make_scratch() const override { return std::make_unique<line::Scratch>(); }
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override {
    return line::parse_batch(lines_of(batch), context_, static_cast<line::Scratch&>(scratch));
  }
  RunResult<engine::SharedResult> convert(engine::ImageWork work) const override {
    return line::convert_image(lines_of(*work.batch), work.index, context_, !work.can_grow());
  }
  void apply(engine::ImageWork work, const engine::SharedResult& result) const override {
    line::apply_result(lines_of(*work.batch), work.index, result);
  }
  void assemble(engine::Batch& batch) const override { line::assemble(lines_of(batch), context_); }

  RunResult<void> commit(engine::Batch& engine_batch) override {
    line::LineBatch& batch = lines_of(engine_batch);
    for (line::LineRecord& record : batch.records) {
      methods_.filter(record);
      if (record.state != line::LineState::written) continue;
      if (seen_) {
        // The digest covers the line with its images unconverted: examples that become equal by conversion count twice,
        // so that the estimate is too high, never too low.
        const auto is_new = seen_->add(record.digest);
        if (!is_new)
          return run_fault(fmt::format(
              "the digests of {} different examples fill the share of --memory for --shards with --duplicates drop; "
              "give more --memory",
              seen_->size()));
        if (!*is_new) continue;
      }
      place(batch, record);
    }
    counts_.lines += batch.lines;
    counts_.blank += batch.blank;
    text_bytes_ += batch.text.text_bytes;
    progress_.report(counts_, text_bytes_, batch.text);
    return {};
  }

  const std::vector<LevelSize>& sizes() const noexcept { return sizes_; }

 private:
  static line::LineBatch& lines_of(engine::Batch& batch) noexcept { return static_cast<line::LineBatch&>(batch); }

  void place(const line::LineBatch& batch, const line::LineRecord& record) {
    const auto tasks = batch.tasks_of(record);
    const bool has_image =
        record.kept_urls > 0 || std::any_of(tasks.begin(), tasks.end(), [](const line::ImageTask& task) {
          return task.outcome != line::ImageOutcome::dropped;
        });
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      LevelSize& size = sizes_[i];
      const std::uint64_t bytes = record.extras->level_bytes[i];
      if (bytes == line::LineExtras::not_written) continue;
      if (bytes > context_.limits.max_shard_bytes) {
        ++size.too_large;
        continue;
      }
      size.bytes += bytes;
      size.image_examples += has_image;
      size.shards += size.planner.place(bytes, has_image).opens;
    }
  }

  const line::LineContext& context_;
  const engine::ProgressMeter& progress_;
  std::vector<LevelSize> sizes_;
  std::optional<DuplicateFilter> seen_;
  MethodFilter methods_;
  Counts counts_;
  std::uint64_t text_bytes_ = 0;
};

// Searches the first step that is enough. Each step measured costs an encoding of every image, each round a decoding.
class Search {
 public:
  Search(std::size_t steps, double capacity_bytes)
      : bytes_(steps, 0), capacity_bytes_(capacity_bytes), enough_(steps) {}

  void add(std::size_t step, bool is_enough, std::uint64_t bytes) {
    bytes_[step] = static_cast<double>(bytes);
    if (is_enough)
      enough_ = std::min(enough_, step);
    else if (step < enough_)
      first_unknown_ = step + 1;
  }

  // What to measure next; nothing when all is known.
  std::vector<std::size_t> next() const {
    if (first_unknown_ >= enough_) return {};
    // No step is known to be enough: divide the unknown steps into thirds, and measure the last step of each.
    if (enough_ == bytes_.size()) {
      const std::size_t unknown = enough_ - first_unknown_, count = std::min<std::size_t>(3, unknown);
      std::vector<std::size_t> steps;
      for (std::size_t i = 1; i <= count; ++i) steps.push_back(first_unknown_ + unknown * i / count - 1);
      return steps;
    }
    // Each step reduces the bytes by a similar factor: interpolate the logarithm of the bytes linearly.
    double at = static_cast<double>(first_unknown_);
    if (first_unknown_ > 0) {
      const auto log = [](double bytes) { return portable_log(std::max(bytes, 1.0)); };
      const double before = log(bytes_[first_unknown_ - 1]), after = log(bytes_[enough_]);
      const double share = before > after ? (before - log(capacity_bytes_)) / (before - after) : 0;
      at += std::clamp(share, 0.0, 1.0) * static_cast<double>(enough_ - first_unknown_ + 1) - 1;
    }
    const auto middle = static_cast<std::size_t>(std::max(at, 0.0));
    const std::size_t first = std::clamp(middle, first_unknown_, enough_ - 1);
    std::vector<std::size_t> steps = {first};
    for (std::size_t step = first + 1; step < std::min(first + 3, enough_); ++step) steps.push_back(step);
    return steps;
  }

  std::size_t enough() const noexcept { return enough_; }

 private:
  std::vector<double> bytes_;
  double capacity_bytes_;
  std::size_t first_unknown_ = 0;  // no step before it is enough
  std::size_t enough_;             // the steps' end where none is known to be
};

}  // namespace

RunResult<image::Degradation> search_quality(const ConvertOptions& options, const std::vector<std::string>& sources,
                                             const line::LineContext& context, const Machine& machine,
                                             engine::RunState& state, const engine::ProgressMeter& progress) {
  std::vector<image::Degradation> ladder = image::degradation_ladder(options.image.min_quality);
  const auto keeps_quality = [](const image::Degradation& loss) { return loss.max_quality == 100; };
  // Where every image is reduced already, skip the steps that reduce less.
  if (context.degradation.any())
    ladder.erase(ladder.begin(), std::find_if_not(ladder.begin(), ladder.end(), keeps_quality) - 1);
  const auto measure = [&](const std::vector<std::size_t>& steps) {
    line::LineContext measured = context;
    for (const std::size_t step : steps) measured.levels.push_back(ladder[step]);
    engine::ConversionCache cache(*context.budget);
    measured.cache = &cache;
    input::BlockReader reader(sources, text_block_bytes(machine.memory_bytes), options.line.max_line_bytes);
    MeasureProcessor processor(measured, progress);
    engine::run({reader, *context.budget, cache, processor, state}, machine.threads);
    return processor.sizes();
  };
  const std::uint64_t limit = context.limits.max_shard_bytes;
  const std::uint64_t capacity = *options.shards > no_limit / limit ? no_limit : *options.shards * limit;
  Search search(ladder.size(), static_cast<double>(capacity));
  // The first steps share one encoding of each image.
  std::vector<std::size_t> steps(
      static_cast<std::size_t>(std::find_if_not(ladder.begin(), ladder.end(), keeps_quality) - ladder.begin()));
  std::iota(steps.begin(), steps.end(), 0u);
  // Examples that are larger than a file even at the last step must not prolong the search.
  std::optional<LevelSize> last;
  const auto measure_last = [&] {
    if (!last) last = measure({ladder.size() - 1}).front();
    return last->too_large;
  };
  for (; !steps.empty(); steps = search.next()) {
    const std::vector<LevelSize> sizes = measure(steps);
    for (std::size_t i = 0; i < steps.size() && !state.stopping(); ++i) {
      if (steps[i] + 1 == ladder.size()) last = sizes[i];
      const bool fits =
          sizes[i].shards <= *options.shards && (sizes[i].too_large == 0 || sizes[i].too_large == measure_last());
      search.add(steps[i], fits, sizes[i].bytes);
    }
    if (state.stopping()) return interrupted();
  }
  if (search.enough() < ladder.size()) return ladder[search.enough()];
  const std::string files = counted(*options.shards, "file");
  if (last->bytes > capacity)
    return run_fault(
        fmt::format("the corpus does not fit into {}: with the greatest loss (--min-quality {}) it takes {} "
                    "bytes, {} more than they hold; give more shards, a lower quality or fewer examples",
                    files, options.image.min_quality, last->bytes, last->bytes - capacity));
  const std::uint64_t max_per_file = context.limits.max_image_examples;
  if (last->image_examples / *options.shards >= max_per_file)
    return run_fault(
        fmt::format("the corpus does not fit into {}: it has {} examples with images, of which a file holds "
                    "{}; give more shards",
                    files, last->image_examples, max_per_file));
  return run_fault(
      fmt::format("the corpus does not fit into {}: its {} bytes would, but examples are not divided, and "
                  "so it takes {} files of {} bytes; give more shards",
                  files, last->bytes, last->shards, limit));
}

}  // namespace visionshard::conversion
