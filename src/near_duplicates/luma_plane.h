// Brightness of a picture, at most 512 by 512.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::near_duplicates {

/// A side that is longer is averaged down to it.
inline constexpr std::uint32_t longest_side = 512;

struct LumaPlane {
  static constexpr unsigned fraction_bits = 16;

  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint32_t> samples;  // 0 to 255 << fraction_bits, row by row
};

/// Y of Rec. 601. Each side by itself becomes 512 pixels where it is longer, each of them the exact mean of the area it
/// covers. Throws std::bad_alloc.
LumaPlane luma_plane(const codec::Pixels& pixels);

}  // namespace visionshard::near_duplicates
