#include "codec/heif/derived.h"

#include <algorithm>

namespace visionshard::codec {
namespace {

// A decoder is set up for each item: 0.9 ms for one of 64 x 64 pixels in AV1, which is what this many pixels take.
constexpr std::uint64_t least_pixels = 1 << 16;

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) noexcept {
  return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

}  // namespace

void HeifDerivation::add_pixels(std::uint32_t item, std::uint64_t pixels) {
  std::uint64_t& most = items_[item].pixels;
  most = std::max(most, pixels);
}

void HeifDerivation::add_canvas(std::uint32_t item, std::uint64_t pixels) {
  std::uint64_t& most = items_[item].canvas_pixels;
  most = std::max(most, pixels);
  add_pixels(item, pixels);
}

HeifDerivation::Work HeifDerivation::decoding(std::uint32_t item) const {
  std::unordered_map<std::uint32_t, Measured> known;
  const Measured measured = measure(item, 0, known);
  return {measured.pixels, measured.canvas_pixels, measured.steps > max_steps};
}

HeifDerivation::Measured HeifDerivation::measure(std::uint32_t item, unsigned depth,
                                                 std::unordered_map<std::uint32_t, Measured>& known) const {
  const auto found = items_.find(item);
  if (found == items_.end()) return {least_pixels, 0, 0};
  if (const auto done = known.find(item); done != known.end()) return done->second;
  Measured measured{std::max(found->second.pixels, least_pixels), found->second.canvas_pixels, 0};
  std::uint64_t most_inside = 0;
  std::uint64_t most_beside = 0;
  for (const auto& [part, is_alpha] : found->second.parts) {
    // Where a loop ends as well.
    if (depth == max_steps) return {measured.pixels, measured.canvas_pixels, 1};
    const Measured inner = measure(part, depth + 1, known);
    measured.pixels = saturating_sum(measured.pixels, inner.pixels);
    std::uint64_t& most = is_alpha ? most_beside : most_inside;
    most = std::max(most, inner.canvas_pixels);
    measured.steps = std::max(measured.steps, inner.steps + 1);
    if (depth + measured.steps > max_steps) return measured;
  }
  // What alpha takes is reckoned with the pixels it is for.
  measured.canvas_pixels = std::max(saturating_sum(measured.canvas_pixels, most_inside), most_beside);
  known.emplace(item, measured);
  return measured;
}

}  // namespace visionshard::codec
