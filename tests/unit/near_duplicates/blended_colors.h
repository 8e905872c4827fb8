// A picture that every machine makes the same, in whole numbers.
#pragma once

#include <random>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::test {

/// Random colors on a grid of 12 by 9, blended between its points.
inline codec::Pixels blended_colors(std::uint32_t width, std::uint32_t height, unsigned seed) {
  constexpr std::uint32_t columns = 12, rows = 9;
  std::mt19937 random(seed);
  std::vector<std::uint32_t> grid(std::size_t{columns} * rows * 3);
  for (auto& sample : grid) sample = random() % 256;
  codec::Pixels pixels(width, height, 3);
  const auto of_grid = [&](std::uint32_t x, std::uint32_t y, std::uint32_t c) {
    return grid[(y * columns + x) * 3 + c];
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint32_t across = x * (columns - 1) * 256 / width, down = y * (rows - 1) * 256 / height;
      const std::uint32_t left = across / 256, top = down / 256, right_part = across % 256, lower_part = down % 256;
      for (std::uint32_t c = 0; c < 3; ++c) {
        const std::uint32_t upper = of_grid(left, top, c) * (256 - right_part) + of_grid(left + 1, top, c) * right_part;
        const std::uint32_t lower =
            of_grid(left, top + 1, c) * (256 - right_part) + of_grid(left + 1, top + 1, c) * right_part;
        pixels.row(y)[x * 3 + c] =
            static_cast<std::uint8_t>((upper * (256 - lower_part) + lower * lower_part) / 65'536);
      }
    }
  }
  return pixels;
}

}  // namespace visionshard::test
