// Files as cameras and the usual libraries write them, in all modes that a corpus has; nothing here is of codec/, which
// is what the corpus is to try.
#pragma once

#include "base/result.h"
#include "codec/jpeg/jpeg.h"
#include "codec/pixels.h"
#include "generate/palette.h"

namespace visionshard::generate {

/// RGB by libjpeg's tables of `quality` and with the Huffman codes of T.81 annex K, as cameras have them: one pass.
/// Throws std::bad_alloc.
ImageResult<Bytes> encode_rgb_jpeg(const codec::Pixels& rgb, int quality, codec::ChromaSampling sampling);

/// One channel, 4:0:0. Throws std::bad_alloc.
ImageResult<Bytes> encode_gray_jpeg(const codec::Pixels& gray, int quality);

/// Four channels of ink, 255 full; stored inverted with an Adobe marker, as Adobe's programs do. Throws std::bad_alloc.
ImageResult<Bytes> encode_cmyk_jpeg(const codec::Pixels& cmyk, int quality);

struct PngEffort {
  int level = 6;               // libdeflate's
  bool chooses_filter = true;  // for each row the one with the smallest differences, as libpng; else always the first
};

/// RGB or RGBA. Throws std::bad_alloc.
Bytes encode_rgb_png(const codec::Pixels& pixels, const PngEffort& effort);

/// One channel of gray or two, gray and alpha. Throws std::bad_alloc.
Bytes encode_gray_png(const codec::Pixels& pixels);

/// 16 bits a sample, `gray` stretched to the whole range. Throws std::bad_alloc.
Bytes encode_gray_16_bit_png(const codec::Pixels& gray);

/// Throws std::bad_alloc.
Bytes encode_palette_png(const PalettePicture& picture);

/// CRC-32 of a whole file.
std::uint32_t crc32_of(ByteView bytes) noexcept;

}  // namespace visionshard::generate
