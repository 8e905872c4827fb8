// An integer square root.
#pragma once

#include <cstdint>

namespace visionshard::generate {

/// The largest integer whose square is not over `value`. No floating point: the same on every processor.
constexpr std::uint32_t square_root(std::uint64_t value) noexcept {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1)
    if ((root | bit) * (root | bit) <= value) root |= bit;
  return static_cast<std::uint32_t>(root);
}

}  // namespace visionshard::generate
