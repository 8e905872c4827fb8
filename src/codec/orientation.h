// The one reader of orientation (Exif 2.32, tag 0x0112) for all formats and all blocks of metadata that can hold it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace visionshard::codec {

/// What a TIFF structure as Exif embeds it says, with or without "Exif\0\0" before it: 1 to 8, and 1 where the value is
/// another number. Nothing where the block has no such entry or is damaged.
std::optional<std::uint8_t> exif_orientation(ByteView block) noexcept;

/// What tiff:Orientation of an XMP packet says, as attribute or as element; likewise.
std::optional<std::uint8_t> xmp_orientation(ByteView packet) noexcept;

/// Whether a JPEG's APP1 segment holds an XMP packet or the rest of one over 64 KB (XMP specification part 3, 1.1.3).
bool is_xmp_segment(ByteView body) noexcept;

/// What the blocks of one file say.
class MetadataOrientation {
 public:
  /// Of several blocks the last that says something counts.
  void read_exif(ByteView block) noexcept { take(exif_, exif_orientation(block)); }
  void read_xmp(ByteView packet) noexcept { take(xmp_, xmp_orientation(packet)); }
  /// Exif in a text, which counts where no block of the format's own says anything. `block` may be XMP as well: old
  /// writers put whatever an APP1 segment held into the text.
  void read_text_profile(ByteView block) noexcept;

  /// Exif wins over XMP, also where it says 1: Pillow's exif_transpose reads XMP only where Exif has no such entry, and
  /// browsers do not read XMP. 1 where nothing says anything.
  std::uint8_t value() const noexcept {
    for (const auto& found : {exif_, text_exif_, xmp_})
      if (found) return *found;
    return 1;
  }

 private:
  static void take(std::optional<std::uint8_t>& to, std::optional<std::uint8_t> found) noexcept {
    if (found) to = found;
  }

  std::optional<std::uint8_t> exif_, text_exif_, xmp_;
};

}  // namespace visionshard::codec
