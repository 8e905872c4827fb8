#include "image/measure.h"

#include <algorithm>
#include <cmath>

#include "codec/pixels.h"
#include "image/decode.h"

namespace visionshard::image {

std::optional<double> measured_psnr_db(ByteView source, const codec::ImageInfo& info, ByteView result) {
  const auto result_info = codec::probe(result);
  if (!result_info) return std::nullopt;
  auto before = shown(source, info);
  auto after = shown(result, *result_info);
  if (!before || !after) return std::nullopt;
  if (before->channels == 4 && after->channels == 3) *before = codec::without_alpha(*before);
  if (before->channels != after->channels) return std::nullopt;
  if (before->width != after->width || before->height != after->height)
    *before = codec::resized(*before, after->width, after->height);
  double sum = 0;
  for (std::uint32_t y = 0; y < after->height; ++y) {
    const std::uint8_t *a = before->row(y), *b = after->row(y);
    std::uint64_t row_sum = 0;
    for (std::size_t i = 0; i < after->stride(); ++i)
      row_sum += static_cast<std::uint64_t>((a[i] - b[i]) * (a[i] - b[i]));
    sum += static_cast<double>(row_sum);
  }
  constexpr double most = 99;
  if (sum == 0) return most;
  return std::min(most, 10 * std::log10(255.0 * 255.0 * static_cast<double>(after->data.size()) / sum));
}

}  // namespace visionshard::image
