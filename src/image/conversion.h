// The kinds of changes to an image value or an example, and the names under which the manifest counts them.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace visionshard::image {

enum class Conversion : std::uint8_t {
  media_type,          // the declared type was not the real one, or not spelled as the provider requires
  base64_spelling,     // the base64 text was normalized
  url_object,          // "image_url": U became "image_url": {"url": U}
  url_spelling,        // blanks around a web URL were left out
  local_file,          // a file was inlined
  url_inlined,         // an image by URL was inlined, from a store
  trailing_bytes,      // bytes after the image's end were cut off
  jpeg_gray,           // to three components, losslessly
  jpeg_cmyk,           // to RGB
  jpeg_first_picture,  // of a multi-picture file, losslessly
  jpeg_metadata,       // damaged segments left out, losslessly
  jpeg_arithmetic,     // to Huffman codes, losslessly
  jpeg_end_marker,     // was missing; added, and bytes in its place removed, losslessly
  png_palette,
  png_gray,
  png_16_bit,
  png_animated,   // to its default image, losslessly
  png_metadata,   // damaged ancillary chunks left out, losslessly
  webp_animated,  // to its first frame
  webp_format,    // to JPEG or PNG, for a profile without WebP
  gif,
  bmp,
  tiff,
  heif,  // HEIC or AVIF
  jpeg_2000,
  jpeg_xl,
  netpbm,             // PBM, PGM, PPM or PAM
  orientation,        // applied to the pixels
  profile_dropped,    // an ICC profile that no longer fits the samples
  profile_converted,  // the samples are sRGB now
  profile_ignored,    // broken, or for another color space than the samples'
  shrunk_metadata,    // by leaving out metadata; the picture's own bytes are untouched
  shrunk_lossless,    // by better compression
  shrunk_quality,     // by lossy compression
  shrunk_dimensions,
  fit_model,  // reduced to what a model sees
  detail,     // set or inserted
  // Of an example, not of an image:
  byte_order_mark,  // in the middle of a file, left out
  developer_role,   // a developer's message became the system's
  same_role,        // neighboring messages of one role were merged
  string_content,   // strings became text parts
  unknown_key,      // keys of the example were left out
  equal_outputs,    // none: a preference example that teaches nothing
  // The layout that the line had:
  layout_responses,
  layout_blocks,
  layout_contents,
  layout_conversations,
  layout_marked,
  layout_parts,
};

inline constexpr unsigned conversion_count = static_cast<unsigned>(Conversion::layout_parts) + 1;

/// "jpeg_grey" and so on; stable.
std::string_view name(Conversion conversion) noexcept;

class Conversions {
 public:
  void add(Conversion c) noexcept { bits_ |= std::uint64_t{1} << static_cast<unsigned>(c); }
  void add_all(Conversions others) noexcept { bits_ |= others.bits_; }
  bool has(Conversion c) const noexcept { return bits_ >> static_cast<unsigned>(c) & 1; }
  bool any() const noexcept { return bits_ != 0; }
  template <class Visit>
  void each(Visit visit) const {
    for (std::uint64_t left = bits_; left != 0; left &= left - 1)
      visit(static_cast<Conversion>(std::countr_zero(left)));
  }

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace visionshard::image
