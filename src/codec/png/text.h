// Text chunks of a PNG (PNG specification, section 11.3.3): what they hold, and whether decoders bear it.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "codec/orientation.h"

namespace visionshard::codec {

/// Chunks that inflate to more make guarded readers refuse the file: Pillow's MAX_TEXT_CHUNK and MAX_TEXT_MEMORY.
inline constexpr std::size_t max_text_bytes = 1 << 20, max_text_bytes_in_all = 64 << 20;

struct PngText {
  std::string_view keyword;  // a view into the chunk
  Bytes text;                // inflated; empty where it is damaged
  bool refused = false;      // some decoder refuses the file for it
  bool in_vain = false;      // it was inflated, and nothing was kept
};

/// `type` is tEXt, zTXt or iTXt, `data` the chunk's. Throws std::bad_alloc.
PngText read_png_text(std::uint32_t type, ByteView data);

/// Whether an iCCP chunk is one for which some decoder refuses the file. Throws std::bad_alloc.
bool is_refused_profile(ByteView data);

/// Reads what a text says of the orientation: an XMP packet, or the block of Exif or XMP in hexadecimal that
/// ImageMagick and exiftool write ("Raw profile type exif", "APP1", "xmp"). Throws std::bad_alloc.
void read_orientation(const PngText& text, MetadataOrientation& orientation);

}  // namespace visionshard::codec
