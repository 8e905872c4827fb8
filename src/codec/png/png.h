// PNG: read by libdeflate and our own filters, or by libpng where it is unusual; written by our own filters
// and by libdeflate or, for one byte a pixel, by our own search for repetitions.
#pragma once

#include <optional>

#include "base/result.h"
#include "codec/pixels.h"
#include "codec/png/row_filter.h"
#include "codec/png/structure.h"
#include "codec/png/symbol_deflate.h"

namespace visionshard::codec {

/// Decodes the default image to 8-bit RGB, or RGBA where the file has alpha or transparency. Depths under 8 are
/// expanded exactly, 16 bits scaled as round(v x 255 / 65535). Throws std::bad_alloc.
ImageResult<Pixels> decode_png(ByteView bytes, const PngStructure& structure);

/// A picture of at most 256 different pixels, kept as one byte a pixel, or of grays with alpha, kept as two.
struct SymbolPicture {
  Pixels symbols;         // one channel, or two: a symbol and its alpha
  SymbolTable table;      // what each symbol is, RGBA
  bool alpha = false;     // whether the fourth byte counts
  bool is_grays = false;  // every symbol is its own shade of gray
};

/// The default image of a gray or palette file, 16 bits scaled as above, or of 8-bit gray with alpha. Nothing where it
/// is none of them, has one transparent gray, or has data that only decode_png can validate. Throws std::bad_alloc.
std::optional<SymbolPicture> decode_png_symbols(ByteView bytes, const PngStructure& structure);

/// As RGB or RGBA. `chunks_before_data` as below. Throws std::bad_alloc.
Bytes encode_png(const SymbolPicture& picture, ByteView chunks_before_data = {});

/// How rows become a PNG's data. `level` is libdeflate's, 1 to 12.
struct PngCoding {
  RowFilters filters = RowFilters::none;
  int level = 1;
};

/// Bytes of the image data alone. Throws std::bad_alloc.
std::size_t png_data_bytes(const Pixels& pixels, const PngCoding& coding);

/// As encode_png below, in the memory of `pixels`: they are gone where the file has at most `max_bytes`, which is then
/// returned, and unchanged otherwise. Throws std::bad_alloc.
std::optional<Bytes> encode_png_in_place(Pixels& pixels, const PngCoding& coding, ByteView chunks_before_data,
                                         std::uint64_t max_bytes);

/// Chunks in whole (length, type, data, checksum) that go before the image data, such as an ICC profile.
/// `level` is libdeflate's, 1 to 12. Throws std::bad_alloc.
Bytes encode_png(const Pixels& pixels, int level, ByteView chunks_before_data = {});

/// The chunks of `structure` that describe the color of its samples and stay true for RGB: gAMA, cHRM, sRGB, cICP,
/// and an iCCP profile unless `was_gray`, which `dropped_profile` then says.
Bytes color_chunks(ByteView bytes, const PngStructure& structure, bool was_gray, bool& dropped_profile);

/// The embedded ICC profile, inflated; empty where there is none or it is damaged or over max_profile_bytes.
Bytes png_icc_profile(ByteView bytes, const PngStructure& structure);

/// The file without its animation chunks and without damaged ancillary ones: a still PNG of the default image.
Bytes still_png(ByteView bytes, const PngStructure& structure);

/// Only what the picture needs: critical chunks, transparency and what describes its color. Nothing, and no copy, where
/// that is more than `max_bytes`.
std::optional<Bytes> without_metadata(ByteView bytes, const PngStructure& structure, std::uint64_t max_bytes);

}  // namespace visionshard::codec
