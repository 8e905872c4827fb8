// The headers of a WebP's image data: what makes decoders refuse it that is seen without decoding a pixel.
#pragma once

#include "codec/image_info.h"

namespace visionshard::codec {

struct WebpBitstream {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool has_alpha = false;  // of VP8L data alone
};

/// The data of a "VP8 " chunk: frame header, sizes and number of its partitions (RFC 6386 sections 9.1 to 9.6). Fault:
/// corrupt_image.
ImageResult<WebpBitstream> read_vp8_header(ByteView data);

/// The data of a "VP8L" chunk: its size and what has_sound_vp8l_codes reads. Fault: corrupt_image.
ImageResult<WebpBitstream> read_vp8l_header(ByteView data);

/// The data of an "ALPH" chunk of a picture of that size (RFC 9649 section 2.7.1.2). Fault: corrupt_image.
ImageResult<void> check_alpha_header(ByteView data, std::uint32_t width, std::uint32_t height);

}  // namespace visionshard::codec
