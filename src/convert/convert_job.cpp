#include "convert/convert_job.h"

#include <algorithm>

namespace visionshard::pipeline {
namespace {

// An image within max_image_bytes whose URL is too long is too large all the same.
Limits narrowed(Limits limits) {
  constexpr std::uint64_t longest_prefix = std::string_view("data:image/jpeg;base64,").size();
  if (limits.max_url_chars != no_limit)
    limits.max_image_bytes =
        std::min(limits.max_image_bytes, (std::max(limits.max_url_chars, longest_prefix) - longest_prefix) / 4 * 3);
  return limits;
}

}  // namespace

RunResult<LineContext> line_context(const ConvertOptions& options, Budget& budget, const std::string& image_root) {
  LineContext context;
  context.limits = narrowed(options.limits);
  context.line = options.line;
  context.image = options.image;
  context.budget = &budget;
  if (options.image.fit_model == FitModel::tiles) context.loss = image::Degradation{.above_bytes = 0};
  if (image_root.empty()) return context;
  auto root = image::ImageRoot::open(image_root);
  if (!root) return tl::unexpected(std::move(root.error()));
  context.image_root = std::make_shared<const image::ImageRoot>(std::move(*root));
  return context;
}

RunResult<void> ConvertJob::commit(Batch& batch) {
  auto done = committer_.commit(batch);
  on_commit_(committer_.report(), batch.text);
  return done;
}

}  // namespace visionshard::pipeline
