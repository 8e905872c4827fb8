#include "generate/noise_plane.h"

#include <algorithm>

namespace visionshard::generate {
namespace {

void add_noise(Random& random, Plane& plane, int amplitude) {
  std::int16_t* value = plane.values.data();
  for (std::size_t left = plane.values.size(); left > 0;) {
    std::uint64_t bits = random.next();
    const std::size_t count = std::min<std::size_t>(left, 4);
    for (std::size_t i = 0; i < count; ++i, ++value, bits >>= 16)
      *value = static_cast<std::int16_t>(*value + (static_cast<std::int16_t>(bits) * amplitude >> 15));
    left -= count;
  }
}

// Twice as fine, linear in between.
Plane finer(const Plane& coarse, std::uint32_t width, std::uint32_t height) {
  Plane fine(width, height);
  std::vector<std::int16_t> sums(coarse.width);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::int16_t* const upper = coarse.row(y / 2);
    const std::int16_t* const lower = coarse.row((y + 1) / 2);
    for (std::uint32_t x = 0; x < coarse.width; ++x) sums[x] = static_cast<std::int16_t>(upper[x] + lower[x]);
    std::int16_t* const to = fine.row(y);
    for (std::uint32_t x = 0; x < width / 2; ++x) {
      to[2 * x] = static_cast<std::int16_t>(sums[x] >> 1);
      to[2 * x + 1] = static_cast<std::int16_t>((sums[x] + sums[x + 1]) >> 2);
    }
    if (width % 2 != 0) to[width - 1] = static_cast<std::int16_t>(sums[width / 2] >> 1);
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
