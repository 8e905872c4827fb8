// Synthetic pictures that are as hard for codecs as photographs: overlapping shapes of all sizes (the dead leaves model
// of natural images), each with a shade and a texture, seen through a lens and a sensor with grain.
#pragma once

#include "codec/pixels.h"
#include "generate/random.h"

namespace visionshard::generate {

/// Of a sensor at ordinary light.
inline constexpr int ordinary_grain = 56;

/// RGB. Integer arithmetic alone: the same on every processor. `grain`, in sixteenths of a
/// level, is 2.4 times the standard deviation of what all channels share; each has half as much of its own. Throws
/// std::bad_alloc.
codec::Pixels make_scene(Random& random, std::uint32_t width, std::uint32_t height, int grain);

/// Adds grain that all channels share, `grain` as above.
void add_grain(Random& random, codec::Pixels& pixels, int grain);

}  // namespace visionshard::generate
