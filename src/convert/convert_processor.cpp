#include "convert/convert_processor.h"

#include <algorithm>

#include "convert/convert_batch.h"
#include "line/stages.h"

namespace visionshard::conversion {
namespace {

// An image is also too large where its data URL has more than max_url_chars characters.
Limits narrowed(Limits limits) {
  constexpr std::uint64_t longest_prefix = std::string_view("data:image/jpeg;base64,").size();
  if (limits.max_url_chars != no_limit)
    limits.max_image_bytes =
        std::min(limits.max_image_bytes, (std::max(limits.max_url_chars, longest_prefix) - longest_prefix) / 4 * 3);
  return limits;
}

}  // namespace

RunResult<line::LineContext> line_context(const ConvertOptions& options, engine::Budget& budget,
                                          const std::string& image_root,
                                          std::shared_ptr<const store::StoreReader> store) {
  line::LineContext context;
  context.store = std::move(store);
  context.limits = narrowed(options.limits);
  context.line = options.line;
  context.image = options.image;
  context.budget = &budget;
  const ShapingOptions& shaping = options.shaping;
  if (shaping.validation.any())
    context.keys = shaping.split_by == "images"    ? line::KeyKind::images
                   : shaping.split_by == "example" ? line::KeyKind::line
                                                   : line::KeyKind::pointer;
  else if (shaping.shuffle)
    context.keys = line::KeyKind::order;
  context.key_pointer = shaping.split_by;
  if (options.image.fit_model == FitModel::tiles) context.degradation = image::Degradation{.above_bytes = 0};
  if (image_root.empty()) return context;
  auto root = image::ImageRoot::open(image_root);
  if (!root) return tl::unexpected(std::move(root.error()));
  context.image_root = std::make_shared<const image::ImageRoot>(std::move(*root));
  return context;
}

std::unique_ptr<engine::Batch> ConvertProcessor::make_batch() const { return std::make_unique<ConvertBatch>(); }

std::unique_ptr<engine::Scratch> ConvertProcessor::make_scratch() const { return std::make_unique<line::Scratch>(); }

RunResult<void> ConvertProcessor::parse(engine::Batch& batch, engine::Scratch& scratch) const {
  return line::parse_batch(static_cast<ConvertBatch&>(batch), context_, static_cast<line::Scratch&>(scratch));
}

RunResult<engine::SharedResult> ConvertProcessor::convert(engine::ImageWork work) const {
  return line::convert_image(static_cast<const ConvertBatch&>(*work.batch), work.index, context_, !work.can_grow());
}

void ConvertProcessor::apply(engine::ImageWork work, const engine::SharedResult& result) const {
  line::apply_result(static_cast<ConvertBatch&>(*work.batch), work.index, result);
}

void ConvertProcessor::assemble(engine::Batch& batch) const {
  auto& lines = static_cast<ConvertBatch&>(batch);
  line::assemble(lines, context_);
  lines.find_untouched_runs();
}

RunResult<void> ConvertProcessor::commit(engine::Batch& batch) {
  auto done = committer_.commit(static_cast<ConvertBatch&>(batch));
  on_commit_(committer_.report(), batch.text);
  return done;
}

}  // namespace visionshard::conversion
