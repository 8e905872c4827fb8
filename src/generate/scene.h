// Pictures made up to be as hard for codecs as photographs: shapes of all sizes in front of each other (the dead leaves
// model of natural images), each with a shade and a texture, seen through a lens and a sensor with grain.
#pragma once

#include "codec/pixels.h"
#include "generate/random.h"

namespace visionshard::generate {

/// What a sensor adds at ordinary light; in sixteenths of a grey level, about half the standard deviation's inverse.
inline constexpr int ordinary_grain = 40;

/// RGB. Integer arithmetic alone: the same on every processor. `grain` is the greatest deviation of a sample, in
/// sixteenths of a level. Throws std::bad_alloc.
codec::Pixels make_scene(Random& random, std::uint32_t width, std::uint32_t height, int grain);

/// Adds grain to 8-bit samples.
void add_grain(Random& random, codec::Pixels& pixels, int grain);

}  // namespace visionshard::generate
