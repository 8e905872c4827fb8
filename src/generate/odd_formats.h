// The modes that a provider refuses, and PNG with what else codec/ does not write. The only file of this room that
// calls libjpeg and libdeflate.
#pragma once

#include "base/result.h"
#include "codec/pixels.h"
#include "generate/palette.h"

namespace visionshard::generate {

/// One channel, 4:0:0. Throws std::bad_alloc.
ImageResult<Bytes> encode_grey_jpeg(const codec::Pixels& grey, int quality);

/// Four channels of ink, 255 full; stored inverted with an Adobe marker, as Adobe's programs do. Throws std::bad_alloc.
ImageResult<Bytes> encode_cmyk_jpeg(const codec::Pixels& cmyk, int quality);

/// One channel of grey or two, grey and alpha. Throws std::bad_alloc.
Bytes encode_grey_png(const codec::Pixels& pixels);

/// 16 bits a sample, `grey` stretched to the whole range. Throws std::bad_alloc.
Bytes encode_grey_16_bit_png(const codec::Pixels& grey);

/// Throws std::bad_alloc.
Bytes encode_palette_png(const PalettePicture& picture);

/// A whole chunk: length, type of four letters, data, checksum.
void append_png_chunk(Bytes& out, std::string_view type, ByteView data);

/// The checksum of a chunk, over its type and data.
std::uint32_t png_checksum(ByteView type_and_data) noexcept;

}  // namespace visionshard::generate
