// Value noise whose octaves add up to about the spectrum of photographs.
#pragma once

#include <cstdint>
#include <vector>

#include "generate/random.h"

namespace visionshard::generate {

struct Plane {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::int16_t> values;

  Plane(std::uint32_t w, std::uint32_t h) : width(w), height(h), values(std::size_t{w} * h) {}
  std::int16_t* row(std::uint32_t y) noexcept { return values.data() + std::size_t{y} * width; }
  const std::int16_t* row(std::uint32_t y) const noexcept { return values.data() + std::size_t{y} * width; }
};

struct NoiseShape {
  unsigned octaves = 7;   // the coarsest has cells of 2^octaves pixels
  int amplitude = 1000;   // of the coarsest octave, to both sides of 0
  int falloff_256 = 160;  // the amplitude of an octave as 256ths of the next coarser one's
};

/// At least `width` x `height` values. Throws std::bad_alloc.
Plane noise_plane(Random& random, std::uint32_t width, std::uint32_t height, const NoiseShape& shape);

}  // namespace visionshard::generate
