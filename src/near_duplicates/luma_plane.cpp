#include "near_duplicates/luma_plane.h"

#include <algorithm>

namespace visionshard::near_duplicates {
namespace {

using codec::Pixels;

// Thousandths; what is transparent is put on white.
void read_luma_row(const Pixels& pixels, std::uint32_t y, std::vector<std::uint32_t>& row) {
  constexpr std::uint32_t red = 299, green = 587, blue = 114, white = 255'000;
  const std::uint8_t* from = pixels.row(y);
  if (pixels.channels == 3) {
    for (std::uint32_t x = 0; x < pixels.width; ++x, from += 3)
      row[x] = red * from[0] + green * from[1] + blue * from[2];
    return;
  }
  for (std::uint32_t x = 0; x < pixels.width; ++x, from += 4) {
    const std::uint32_t color = red * from[0] + green * from[1] + blue * from[2], alpha = from[3];
    row[x] = (color * alpha + white * (255 - alpha) + 127) / 255;
  }
}

// Exact but for one rounded division: sums are below 2^53.
std::uint32_t to_sample(std::uint64_t sum_of_thousandths, double divisor) noexcept {
  constexpr double twice = 2U << LumaPlane::fraction_bits;
  return (static_cast<std::uint32_t>(static_cast<double>(sum_of_thousandths) * twice / divisor) + 1) / 2;
}

// Which pixels of a side that has `from` of them lie in the pixel `at` of one that has `to`, and how much of each, in
// parts of 1 / to: the weights of all together are `from`.
struct Cover {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t first_weight = 0;
  std::uint32_t last_weight = 0;

  Cover(std::uint32_t at, std::uint32_t from, std::uint32_t to) {
    const std::uint64_t begin = std::uint64_t{at} * from, end = begin + from;
    first = static_cast<std::uint32_t>(begin / to);
    last = static_cast<std::uint32_t>((end - 1) / to);
    first_weight = static_cast<std::uint32_t>(std::min<std::uint64_t>((first + 1ULL) * to, end) - begin);
    last_weight = static_cast<std::uint32_t>(end - std::uint64_t{last} * to);
  }
  std::uint32_t weight(std::uint32_t pixel, std::uint32_t to) const noexcept {
    return pixel == first ? first_weight : pixel == last ? last_weight : to;
  }
};

}  // namespace

LumaPlane luma_plane(const Pixels& pixels) {
  LumaPlane plane;
  plane.width = std::min(pixels.width, longest_side);
  plane.height = std::min(pixels.height, longest_side);
  plane.samples.resize(std::size_t{plane.width} * plane.height);
  std::vector<Cover> columns;
  columns.reserve(plane.width);
  for (std::uint32_t x = 0; x < plane.width; ++x) columns.emplace_back(x, pixels.width, plane.width);

  std::vector<std::uint32_t> row(pixels.width);
  std::vector<std::uint64_t> sums(pixels.width);
  const double divisor = 1000.0 * pixels.width * pixels.height;
  std::uint32_t next = 0;  // the row after the one that `row` holds
  std::uint32_t* to = plane.samples.data();
  for (std::uint32_t y = 0; y < plane.height; ++y) {
    const Cover rows(y, pixels.height, plane.height);
    std::ranges::fill(sums, 0);
    for (std::uint32_t from = rows.first; from <= rows.last; ++from) {
      if (from == next) read_luma_row(pixels, next++, row);
      const std::uint32_t weight = rows.weight(from, plane.height);
      for (std::uint32_t x = 0; x < pixels.width; ++x) sums[x] += std::uint64_t{row[x]} * weight;
    }
    for (const Cover& cover : columns) {
      std::uint64_t sum = 0;
      for (std::uint32_t x = cover.first; x <= cover.last; ++x) sum += sums[x] * cover.weight(x, plane.width);
      *to++ = to_sample(sum, divisor);
    }
  }
  return plane;
}

}  // namespace visionshard::near_duplicates
