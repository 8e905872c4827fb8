// Alpha as noisy as a photograph. libwebp takes 75 to 130 ns a pixel of it at any of its methods, and finds neither
// repetitions nor neighbors that predict a pixel. Here a pixel has one of 16 codes, by how bright its part of the
// picture is: 4 ns, and of 10 megapixels 7.96 MB where libwebp's method 2 made 7.97.
#pragma once

#include "base/bytes.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// The data of an ALPH chunk (RFC 9649 section 2.7.1.2) that holds the alpha of `pixels`, which have four channels.
/// Thread-safe. Throws std::bad_alloc.
Bytes noisy_webp_alpha(const Pixels& pixels);

}  // namespace visionshard::codec
