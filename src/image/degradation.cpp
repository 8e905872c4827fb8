#include "image/degradation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codec/jpeg/jpeg.h"
#include "image/need_bytes.h"

namespace visionshard::image {

std::optional<Reduction> reduction_for(const codec::ImageInfo& info, std::uint64_t image_bytes, ImageDetail detail,
                                       const Degradation& loss) noexcept {
  if (image_bytes <= loss.above_bytes) return std::nullopt;
  const ImageSize own{info.width, info.height};
  Reduction reduction{size_in_tiles(info.width, info.height, detail), loss.max_quality};
  if (loss.scale < 1) {
    constexpr double min_side = 16;
    const double shorter = std::min(reduction.size.width, reduction.size.height);
    const double scale = std::min(1.0, std::max(loss.scale, min_side / shorter));
    const auto scaled = [&](std::uint32_t side) {
      return std::max<std::uint32_t>(static_cast<std::uint32_t>(std::lround(side * scale)), 1);
    };
    reduction.size = {scaled(reduction.size.width), scaled(reduction.size.height)};
  }
  if (reduction.size == own && loss.max_quality == 100) return std::nullopt;
  return reduction;
}

std::uint64_t reduced_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes, const ConversionPlan& plan,
                                 const Reduction& reduction) noexcept {
  // A JPEG is decoded at the next eighth of its size that is large enough.
  const std::uint64_t wanted = std::uint64_t{reduction.size.width} * reduction.size.height;
  const std::uint64_t need =
      info.one_scan ? 4 * image_bytes + bytes_per_pixel(info) * std::min(info.pixels(), 4 * wanted + (1 << 16))
                    : conversion_need_bytes(info, image_bytes, UINT64_MAX) + lossy_alpha_bytes(info, wanted);
  return std::max(plan.max_need_bytes, need);
}

ImageResult<const Fitted*> ReducedFits::plain() {
  if (plain_) return &*plain_;
  if (!plan_.keeps()) {
    plain_ = VISIONSHARD_TRY(fit_image(bytes_, info_, plan_, limits_, options_));
  } else {
    plain_.emplace().format = info_.format;
    plain_->bytes.append(bytes_);
    plain_->unchanged = true;
  }
  return &*plain_;
}

ImageResult<const Fitted*> ReducedFits::fit(const std::optional<Reduction>& reduction) {
  if (!reduction) return plain();
  const bool is_jpeg = info_.format == codec::Format::jpeg;
  if (is_jpeg && reduction->size == ImageSize{info_.width, info_.height}) {
    const auto quality = VISIONSHARD_TRY(codec::jpeg_quality(bytes_));
    if (quality <= reduction->max_quality) return plain();
  }
  ConversionPlan reduced = plan_;
  reduced.reduction = reduction;
  reduced.needs_pixels = true;
  reduced_ = VISIONSHARD_TRY(fit_image(bytes_, info_, reduced, limits_, options_));
  // A JPEG over the limit fills most of the limit when it is brought below it, so that search can be skipped.
  if (is_jpeg && plan_.over_limit && reduced_.bytes.size() < limits_.max_image_bytes / 2) return &reduced_;
  const auto without = plain();
  return without && (*without)->bytes.size() <= reduced_.bytes.size() ? *without : &reduced_;
}

std::vector<Degradation> degradation_ladder(int min_quality) {
  constexpr std::uint64_t max_bytes = 4 << 20, smallest_bytes = 64 << 10;
  constexpr int first_quality = 95;
  constexpr double scale_step = 0.95, min_scale = 0.05;
  std::vector<Degradation> steps = {{}};
  for (std::uint64_t above = max_bytes; above >= smallest_bytes; above /= 2) steps.push_back({above, 100, 1});
  steps.push_back({0, 100, 1});
  for (int quality = first_quality; quality > min_quality; --quality) steps.push_back({0, quality, 1});
  steps.push_back({0, min_quality, 1});
  for (double scale = scale_step; scale > min_scale; scale *= scale_step) steps.push_back({0, min_quality, scale});
  return steps;
}

std::string described(const Degradation& loss) {
  if (!loss.any()) return "nothing is lost";
  std::string text = loss.above_bytes > 0 ? fmt::format("images of more than {} bytes are reduced to what a model sees",
                                                        loss.above_bytes)
                                          : std::string("every image is reduced to what a model sees");
  if (loss.scale < 1) text += fmt::format(", times {:.2f}", loss.scale);
  if (loss.max_quality < 100) text += fmt::format(", at quality {} at most", loss.max_quality);
  return text;
}

}  // namespace visionshard::image
