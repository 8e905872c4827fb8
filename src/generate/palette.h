// Colors to a palette of at most 256, by median cut.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::generate {

struct PalettePicture {
  std::vector<std::array<std::uint8_t, 3>> colors;  // 1 to 256
  codec::Pixels indexes;                            // one channel
};

/// Without dithering. Throws std::bad_alloc.
PalettePicture reduced_to_palette(const codec::Pixels& rgb);

}  // namespace visionshard::generate
