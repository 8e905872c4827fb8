#include "image/loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codec/jpeg.h"

namespace visionshard::image {

std::optional<Reduction> reduction_for(const codec::ImageInfo& info, std::uint64_t image_bytes, ImageDetail detail,
                                       const Loss& loss) noexcept {
  if (image_bytes <= loss.above_bytes) return std::nullopt;
  const ImageSize own{info.width, info.height};
  Reduction reduction{size_in_tiles(info.width, info.height, detail), loss.max_quality};
  if (loss.scale < 1) {
    constexpr std::uint32_t least_side = 16;
    const auto scaled = [&](std::uint32_t side) {
      return std::max(std::min(side, least_side), static_cast<std::uint32_t>(std::lround(side * loss.scale)));
    };
    reduction.size = {scaled(reduction.size.width), scaled(reduction.size.height)};
  }
  if (reduction.size == own && loss.max_quality == 100) return std::nullopt;
  return reduction;
}

std::uint64_t reduced_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes, const Plan& plan,
                                 const Reduction& reduction) noexcept {
  // A JPEG is decoded at the next eighth of its size that is large enough.
  const std::uint64_t wanted = std::uint64_t{reduction.size.width} * reduction.size.height;
  const std::uint64_t pixels = info.one_scan ? std::min(info.pixels(), 4 * wanted + (1 << 16)) : info.pixels();
  return std::max(plan.need_bytes, 4 * image_bytes + bytes_per_pixel * pixels);
}

ImageResult<Fitted> fit_reduced(ByteView bytes, const codec::ImageInfo& info, const Plan& plan,
                                const std::optional<Reduction>& reduction, const Limits& limits,
                                const ImageOptions& options) {
  const auto without = [&]() -> ImageResult<Fitted> {
    if (!plan.keeps()) return fit_image(bytes, info, plan, limits, options);
    Fitted same;
    same.format = info.format;
    same.bytes.append(bytes);
    same.unchanged = true;
    return same;
  };
  if (!reduction) return without();
  if (info.format == codec::Format::jpeg && reduction->size == ImageSize{info.width, info.height}) {
    const auto quality = codec::jpeg_quality(bytes);
    if (!quality) return tl::unexpected(quality.error());
    if (*quality <= reduction->max_quality) return without();
  }
  Plan reduced = plan;
  reduced.reduction = reduction;
  reduced.needs_pixels = true;
  auto smaller = fit_image(bytes, info, reduced, limits, options);
  if (!smaller || smaller->bytes.size() < bytes.size()) return smaller;
  auto plain = without();
  return !plain || plain->bytes.size() <= smaller->bytes.size() ? std::move(plain) : std::move(smaller);
}

std::vector<Loss> loss_ladder(int min_quality) {
  constexpr std::uint64_t largest_bytes = 4 << 20, smallest_bytes = 64 << 10;
  constexpr int first_quality = 95;
  constexpr double scale_step = 0.95, least_scale = 0.05;
  std::vector<Loss> steps = {{}};
  for (std::uint64_t above = largest_bytes; above >= smallest_bytes; above /= 2) steps.push_back({above, 100, 1});
  steps.push_back({0, 100, 1});
  for (int quality = first_quality; quality > min_quality; --quality) steps.push_back({0, quality, 1});
  steps.push_back({0, min_quality, 1});
  for (double scale = scale_step; scale > least_scale; scale *= scale_step) steps.push_back({0, min_quality, scale});
  return steps;
}

std::string described(const Loss& loss) {
  if (!loss.any()) return "nothing is lost";
  std::string text = loss.above_bytes > 0 ? fmt::format("images of more than {} bytes are reduced to what a model sees",
                                                        loss.above_bytes)
                                          : std::string("every image is reduced to what a model sees");
  if (loss.scale < 1) text += fmt::format(", times {:.2f}", loss.scale);
  if (loss.max_quality < 100) text += fmt::format(", at quality {} at most", loss.max_quality);
  return text;
}

}  // namespace visionshard::image
