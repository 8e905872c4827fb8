// The RIFF structure of a WebP file (RFC 9649), checked without decoding.
#pragma once

#include <optional>

#include "codec/image_info.h"

namespace visionshard::codec {

/// A chunk's data; zero bytes where there is none.
struct WebpChunk {
  std::size_t offset = 0;
  std::size_t bytes = 0;

  ByteView in(ByteView file) const noexcept { return file.subspan(offset, bytes); }
};

struct WebpStructure {
  ImageInfo info;
  bool lossless = false;   // of the still image, or of the first frame
  bool has_alpha = false;  // of the whole file
  bool frame_has_alpha = false;
  WebpChunk image, alpha;  // of the still image, or of the first frame: VP8 or VP8L, and ALPH
  WebpChunk icc, exif, xmp;
};

/// Faults: corrupt_image.
ImageResult<WebpStructure> read_webp_structure(ByteView bytes);

/// A sound file without its Exif, XMP and unknown chunks. Nothing where that is more than `max_bytes`.
std::optional<Bytes> webp_without_metadata(ByteView bytes, std::uint64_t max_bytes);

/// The first frame as a still file with the same profile, Exif and XMP. For info.has_whole_first_frame. Throws
/// std::bad_alloc.
Bytes first_frame_webp(ByteView bytes, const WebpStructure& structure);

/// A file of the lossy image of `colors`, whose structure is given, and the data of an ALPH chunk, at most
/// webp_alpha_bytes larger than `colors`. Throws std::bad_alloc.
Bytes webp_with_alpha(ByteView colors, const WebpStructure& structure, ByteView alpha);

/// What webp_with_alpha adds at most: two chunk headers, VP8X and padding (RFC 9649 section 2.7).
inline std::uint64_t webp_alpha_bytes(ByteView alpha) noexcept { return 8 + 10 + 8 + alpha.size() + 1; }

}  // namespace visionshard::codec
