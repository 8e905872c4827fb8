// PNG: read by libpng, written by our own filters and libdeflate.
#pragma once

#include "base/result.h"
#include "codec/pixels.h"
#include "codec/png_structure.h"

namespace visionshard::codec {

/// Decodes the default image to 8-bit RGB, or RGBA where the file has alpha or transparency. Depths under 8 are
/// expanded exactly, 16 bits scaled as round(v x 255 / 65535). Throws std::bad_alloc.
ImageResult<Pixels> decode_png(ByteView bytes, const PngStructure& structure);

/// Chunks in whole (length, type, data, checksum) that go before the image data, such as an ICC profile.
/// `level` is libdeflate's, 1 to 12. Throws std::bad_alloc.
Bytes encode_png(const Pixels& pixels, int level, ByteView chunks_before_data = {});

/// The chunks of `structure` that describe the colour of its samples and stay true for RGB: gAMA, cHRM, sRGB, cICP,
/// and an iCCP profile unless `was_grey`, which `dropped_profile` then says.
Bytes colour_chunks(ByteView bytes, const PngStructure& structure, bool was_grey, bool& dropped_profile);

/// The embedded ICC profile, inflated; empty where there is none or it is damaged or over most_profile_bytes.
Bytes png_icc_profile(ByteView bytes, const PngStructure& structure);

/// The file without its animation chunks and without damaged ancillary ones: a still PNG of the default image.
Bytes still_png(ByteView bytes, const PngStructure& structure);

/// Only what the picture needs: critical chunks, transparency and what describes its colour.
Bytes without_metadata(ByteView bytes, const PngStructure& structure);

}  // namespace visionshard::codec
