// Samples as TIFF packs them, to 8-bit pixels. Knows nothing of files.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::codec {

enum class TiffKind : std::uint8_t { gray, inverted_gray, palette, rgb, cmyk, lab };

struct TiffLayout {
  TiffKind kind = TiffKind::rgb;
  unsigned bits = 8;           // a sample: 1 to 16, or 32
  unsigned samples = 3;        // a pixel, all of them
  int alpha = -1;              // which sample is alpha, if any
  bool premultiplied = false;  // by that alpha
  bool separate_planes = false;
  bool signed_ab = false;                           // lab: a and b are signed
  std::array<const std::uint16_t*, 3> color_map{};  // palette: 2^bits entries each
  unsigned color_map_shift = 8;  // from its entries to 8 bits; 0 where writers took 8 bits for enough

  unsigned colors() const noexcept {
    return kind == TiffKind::rgb || kind == TiffKind::lab ? 3 : kind == TiffKind::cmyk ? 4 : 1;
  }
  /// Of what widen_tiff_row makes: 3 or 4.
  std::uint32_t channels() const noexcept { return kind == TiffKind::cmyk || alpha >= 0 ? 4 : 3; }
};

/// `count` pixels to `out`, 8 bits a sample: RGB, RGBA with alpha not premultiplied, CMYK, or Lab as Little CMS's 8-bit
/// Lab. `planes` holds a pointer to the first pixel's row for each plane (one, where planes are not separate); samples
/// of 16 and 32 bits are in this machine's byte order, others packed from the high bit on.
void widen_tiff_row(const TiffLayout& layout, const std::vector<const std::uint8_t*>& planes, std::uint32_t count,
                    std::uint8_t* out);

}  // namespace visionshard::codec
