// WebP through libwebp.
#pragma once

#include "base/result.h"
#include "codec/pixels.h"
#include "codec/webp/structure.h"

namespace visionshard::codec {

/// Whether libwebp's demultiplexer takes the file; its decoder alone takes more, and Pillow and browsers ask the
/// former. Decodes nothing. Fault: corrupt_image. Thread-safe.
ImageResult<void> check_webp(ByteView bytes);

/// Decodes the still image, or the first frame on its canvas, to RGB or RGBA. Throws std::bad_alloc.
ImageResult<Pixels> decode_webp(ByteView bytes, const WebpStructure& structure);

/// The largest side a WebP can have.
inline constexpr std::uint32_t webp_max_side = 16383;

/// libwebp's methods, 0 to 6. Of a 10-megapixel picture 4 takes twice as long as 2 for 3 % fewer bytes, which a limit
/// does not need; 0 takes two thirds of 2's time for 5 % more.
inline constexpr int usual_webp_method = 2, fast_webp_method = 0;

/// Lossy with `quality` 0 to 100 and lossless alpha. Sides at most webp_max_side. Throws std::bad_alloc.
ImageResult<Bytes> encode_webp(const Pixels& pixels, int quality, int method = usual_webp_method);

/// What encode_webp makes in two parts, joined by webp_with_alpha: a file of the colors alone, and the data of the ALPH
/// chunk, which is the same at each quality and empty for an opaque picture. Of noise in alpha libwebp takes 75 ns a
/// pixel, more than for the colors. `pixels` has four channels. Throws std::bad_alloc.
ImageResult<Bytes> encode_webp_colors(const Pixels& pixels, int quality, int method);
ImageResult<Bytes> encode_webp_alpha(const Pixels& pixels, int method);

/// Every pixel exactly as it is. Sides at most webp_max_side. Throws std::bad_alloc.
ImageResult<Bytes> encode_webp_lossless(const Pixels& pixels);

}  // namespace visionshard::codec
