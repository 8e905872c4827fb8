#include "generate/noise_plane.h"

namespace visionshard::generate {
namespace {

void add_noise(Random& random, Plane& plane, int amplitude) {
  std::uint64_t bits = 0;
  unsigned left = 0;
  for (std::int16_t& value : plane.values) {
    if (left == 0) {
      bits = random.next();
      left = 4;
    }
    const auto noise = static_cast<std::int16_t>(bits);
    value = static_cast<std::int16_t>(value + (noise * amplitude >> 15));
    bits >>= 16;
    --left;
  }
}

// Twice as fine, linear in between.
Plane finer(const Plane& coarse, std::uint32_t width, std::uint32_t height) {
  Plane fine(width, height);
  std::vector<int> sums(coarse.width);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::int16_t* const upper = coarse.row(y / 2);
    const std::int16_t* const lower = coarse.row((y + 1) / 2);
    for (std::uint32_t x = 0; x < coarse.width; ++x) sums[x] = upper[x] + lower[x];
    std::int16_t* const to = fine.row(y);
    for (std::uint32_t x = 0; x < width; ++x) to[x] = static_cast<std::int16_t>((sums[x / 2] + sums[(x + 1) / 2]) >> 2);
  }
  return fine;
}

}  // namespace

Plane noise_plane(Random& random, std::uint32_t width, std::uint32_t height, const NoiseShape& shape) {
  unsigned level = shape.octaves;
  int amplitude = shape.amplitude;
  const auto cells = [&](std::uint32_t pixels) { return (pixels >> level) + 2; };
  Plane plane(cells(width), cells(height));
  add_noise(random, plane, amplitude);
  while (level > 0) {
    --level;
    amplitude = amplitude * shape.falloff_256 >> 8;
    plane = finer(plane, cells(width), cells(height));
    add_noise(random, plane, amplitude);
  }
  return plane;
}

}  // namespace visionshard::generate
