// The RIFF structure of a WebP file (RFC 9649), checked without decoding.
#pragma once

#include "codec/image_info.h"

namespace visionshard::codec {

struct WebpStructure {
  ImageInfo info;
  bool lossless = false;  // of the still image, or of the first frame
  bool has_alpha = false;
  std::size_t icc_offset = 0;
  std::size_t icc_bytes = 0;
};

/// Faults: corrupt_image.
ImageResult<WebpStructure> read_webp_structure(ByteView bytes);

/// A sound file without its Exif, XMP and unknown chunks.
Bytes webp_without_metadata(ByteView bytes);

}  // namespace visionshard::codec
