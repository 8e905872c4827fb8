#include "near_duplicates/pdq.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <optional>

#include "base/portable_math.h"
#include "image/decode.h"
#include "image/need_bytes.h"
#include "near_duplicates/luma_64.h"

namespace visionshard::near_duplicates {
namespace {

constexpr std::uint32_t least_side = 5;
// Of a JPEG of at least twice that: its transform then yields fewer samples, at less cost.
constexpr std::uint32_t decoded_side = 2 * longest_side;
constexpr std::size_t frequencies = 16;

// The sum of how much neighbors differ, each in whole hundredths of the full range.
unsigned quality_of(const Luma64& luma) noexcept {
  constexpr std::int64_t full_range = 255 << LumaPlane::fraction_bits;
  constexpr std::int64_t divisor = 90;
  const auto step = [](std::int64_t a, std::int64_t b) { return std::abs(a - b) * 100 / full_range; };
  std::int64_t sum = 0;
  for (std::size_t y = 0; y < reduced_side; ++y) {
    for (std::size_t x = 0; x < reduced_side; ++x) {
      if (x > 0) sum += step(luma[y][x - 1], luma[y][x]);
      if (y > 0) sum += step(luma[y - 1][x], luma[y][x]);
    }
  }
  return static_cast<unsigned>(std::min<std::int64_t>(sum / divisor, 100));
}

using Cosines = std::array<std::array<std::int32_t, reduced_side>, frequencies>;
constexpr unsigned cosine_bits = 20;

// Of the frequencies 1 to 16: the mean brightness, which frequency 0 is, says nothing about the picture.
const Cosines& cosines() noexcept {
  static const Cosines table = [] {
    Cosines made;
    for (std::size_t frequency = 0; frequency < frequencies; ++frequency) {
      for (std::size_t at = 0; at < reduced_side; ++at) {
        // In quarters of a turn by 64; cos(x) is sin(x + a quarter of a turn).
        const auto angle = static_cast<double>((((frequency + 1) * (2 * at + 1) + 64) % 256));
        const double centered = angle > 128 ? angle - 256 : angle;
        const double cosine = portable_sine(centered * (std::numbers::pi / 128));
        made[frequency][at] = static_cast<std::int32_t>(std::nearbyint(cosine * (1 << cosine_bits)));
      }
    }
    return made;
  }();
  return table;
}

// The lowest frequencies of the cosine transform, without its constant factor, which no comparison depends on.
std::array<std::int64_t, PdqHash::bits> transformed(const Luma64& luma) noexcept {
  constexpr unsigned half_bits = cosine_bits - 4;
  constexpr std::int64_t half = 1 << (half_bits - 1);
  const Cosines& cosine = cosines();
  std::array<std::array<std::int64_t, reduced_side>, frequencies> columns;
  for (std::size_t v = 0; v < frequencies; ++v) {
    std::array<std::int64_t, reduced_side> sums = {};
    for (std::size_t y = 0; y < reduced_side; ++y)
      for (std::size_t x = 0; x < reduced_side; ++x) sums[x] += std::int64_t{cosine[v][y]} * luma[y][x];
    for (std::size_t x = 0; x < reduced_side; ++x) columns[v][x] = (sums[x] + half) >> half_bits;
  }
  std::array<std::int64_t, PdqHash::bits> coefficients;
  for (std::size_t v = 0; v < frequencies; ++v) {
    for (std::size_t u = 0; u < frequencies; ++u) {
      std::int64_t sum = 0;
      for (std::size_t x = 0; x < reduced_side; ++x) sum += columns[v][x] * cosine[u][x];
      coefficients[v * frequencies + u] = sum;
    }
  }
  return coefficients;
}

PdqHash above_median(const std::array<std::int64_t, PdqHash::bits>& coefficients) noexcept {
  auto ordered = coefficients;
  const auto middle = ordered.begin() + PdqHash::bits / 2 - 1;
  std::nth_element(ordered.begin(), middle, ordered.end());
  PdqHash hash;
  for (std::size_t i = 0; i < coefficients.size(); ++i)
    if (coefficients[i] > *middle) hash.words[i / 64] |= std::uint64_t{1} << (i % 64);
  return hash;
}

bool is_scaled(const codec::ImageInfo& info) noexcept { return std::min(info.width, info.height) >= 2 * decoded_side; }

// Of a JPEG that is decoded at an eighth of its size, or a few.
std::uint64_t scaled_pixels(const codec::ImageInfo& info) noexcept {
  const std::uint64_t shorter = std::min(info.width, info.height);
  const std::uint64_t eighths = (8 * decoded_side + shorter - 1) / shorter;
  return (info.width * eighths / 8 + 1) * (info.height * eighths / 8 + 1);
}

}  // namespace

Pdq pdq(const codec::Pixels& pixels) {
  if (std::min(pixels.width, pixels.height) < least_side) return {};
  const Luma64 luma = luma_64(luma_plane(pixels));
  return {above_median(transformed(luma)), quality_of(luma)};
}

ImageResult<Pdq> pdq_of_file(ByteView bytes, const codec::ImageInfo& info) {
  std::optional<ImageSize> at_least;
  if (is_scaled(info)) at_least = {decoded_side, decoded_side};
  auto decoded = image::decode(bytes, info, at_least);
  if (!decoded) return tl::unexpected(decoded.error());
  image::Conversions ignored;
  image::make_srgb(*decoded, info, ignored);
  return pdq(codec::oriented(std::move(decoded->pixels), info.orientation));
}

std::uint64_t need_bytes(const codec::ImageInfo& info, std::uint64_t file_bytes) noexcept {
  // Pixels and those made of them; brightness and what is made of that.
  constexpr std::uint64_t pixel_bytes = 8, luma_bytes = 12, coefficient_bytes = 8;
  constexpr std::uint64_t luma_pixels = std::uint64_t{longest_side} * longest_side;
  const std::uint64_t luma = std::min(info.pixels(), luma_pixels) * luma_bytes;
  if (info.format != codec::Format::jpeg || !is_scaled(info))
    return 2 * file_bytes + image::decoding_need_bytes(info) + luma;
  const std::uint64_t coefficients = info.one_scan ? 0 : coefficient_bytes * info.pixels();
  return 2 * file_bytes + coefficients + pixel_bytes * scaled_pixels(info) + luma;
}

}  // namespace visionshard::near_duplicates
