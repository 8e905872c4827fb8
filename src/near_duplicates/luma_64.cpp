#include "near_duplicates/luma_64.h"

#include <algorithm>
#include <span>

namespace visionshard::near_duplicates {
namespace {

// Of a side of 512, which makes the window 4: two of its windows reach over 7 pixels.
constexpr std::uint32_t most_window = longest_side / 128, most_taps = 2 * most_window - 1;
// Divisible by the number of pixels in every window, also one that is cut at an edge.
constexpr std::uint32_t box_scale = 12;
static_assert(most_window == 4 && box_scale % 4 == 0 && box_scale % 3 == 0);
// Of both filters in both directions.
constexpr std::uint64_t scale = std::uint64_t{box_scale} * box_scale * box_scale * box_scale;

struct Window {
  std::uint32_t first;
  std::uint32_t last;

  // Of an even number of pixels one more lies after the center.
  Window(std::uint32_t center, std::uint32_t size, std::uint32_t side) noexcept {
    const std::uint32_t after = size / 2, before = size - 1 - after;
    first = center - std::min(center, before);
    last = std::min(center + after, side - 1);
  }
  std::uint32_t weight() const noexcept { return box_scale / (last - first + 1); }
};

// The two filters of one direction together, at the pixel that stays of a cell. The weights' sum is box_scale squared.
struct Taps {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::array<std::uint32_t, most_taps> weights = {};

  Taps(std::uint32_t cell, std::uint32_t side) noexcept {
    const std::uint32_t size = (side + 127) / 128, center = (2 * cell + 1) * side / 128;
    const Window second(center, size, side);
    first = Window(second.first, size, side).first;
    count = Window(second.last, size, side).last - first + 1;
    for (std::uint32_t at = second.first; at <= second.last; ++at) {
      const Window window(at, size, side);
      for (std::uint32_t pixel = window.first; pixel <= window.last; ++pixel)
        weights[pixel - first] += second.weight() * window.weight();
    }
  }
};

}  // namespace

Luma64 luma_64(const LumaPlane& plane) {
  // Both directions are linear and do not depend on each other, so the rows can go first.
  std::vector<std::uint32_t> narrow(std::size_t{plane.height} * reduced_side);
  for (std::uint32_t cell = 0; cell < reduced_side; ++cell) {
    const Taps taps(cell, plane.width);
    for (std::uint32_t y = 0; y < plane.height; ++y) {
      const auto from = std::span(plane.samples).subspan(std::size_t{y} * plane.width + taps.first, taps.count);
      std::uint32_t sum = 0;
      for (std::uint32_t tap = 0; tap < taps.count; ++tap) sum += from[tap] * taps.weights[tap];
      narrow[std::size_t{y} * reduced_side + cell] = sum;
    }
  }
  Luma64 reduced;
  for (std::uint32_t cell = 0; cell < reduced_side; ++cell) {
    const Taps taps(cell, plane.height);
    for (std::uint32_t x = 0; x < reduced_side; ++x) {
      std::uint64_t sum = 0;
      for (std::uint32_t tap = 0; tap < taps.count; ++tap)
        sum += std::uint64_t{narrow[std::size_t{taps.first + tap} * reduced_side + x]} * taps.weights[tap];
      reduced[cell][x] = static_cast<std::int32_t>((sum + scale / 2) / scale);
    }
  }
  return reduced;
}

}  // namespace visionshard::near_duplicates
