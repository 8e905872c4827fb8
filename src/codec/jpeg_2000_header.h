// What a JPEG 2000 file says before it is decoded: its boxes (ISO/IEC 15444-1, annex I) and the segments of its
// codestream (annex A).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "codec/byte_order.h"

namespace visionshard::codec {

/// Whether the codestream stands alone, without boxes.
inline bool is_jpeg_2000_codestream(ByteView bytes) { return bytes.size() >= 2 && be16(bytes, 0) == 0xFF4F; }

// What the boxes before the codestream say (ISO/IEC 15444-1, annex I.5).
struct Jpeg2000Wrapping {
  ByteView codestream;
  bool palette = false, cmyk = false;
  std::size_t palette_channels = 0;  // the more of a palette's columns and of what is mapped to them
};

/// Views into `bytes`. Thread-safe.
Jpeg2000Wrapping read_jpeg_2000_wrapping(ByteView bytes);

// Samples are coded in blocks, and blocks lie in precincts, whose sizes COD and COC segments name by resolution, as
// exponents of 2 (ISO/IEC 15444-1, annex A.6.1).
struct Jpeg2000BlockSizes {
  double per_sample = 1.0 / 4096;  // blocks, and precincts as four blocks: the most of any segment

  // `body` begins with the number of decompositions.
  void take(ByteView body, bool has_precincts) {
    if (body.size() < 5) return;
    const unsigned levels = std::min<unsigned>(u8(body, 0), 32), widest = (u8(body, 1) & 15u) + 2,
                   highest = (u8(body, 2) & 15u) + 2;
    double sum = 0;
    for (unsigned r = 0; r <= levels; ++r) {
      const bool named = has_precincts && 5 + r < body.size();
      const unsigned wide = named ? u8(body, 5 + r) & 15u : 15, high = named ? u8(body, 5 + r) / 16u : 15;
      // Above the lowest resolution, a precinct covers a quarter as many samples of each band.
      const unsigned quartered = r > 0 ? 1 : 0;
      const auto within = [&](unsigned block, unsigned precinct) {
        return static_cast<int>(std::min(block, precinct - std::min(precinct, quartered)));
      };
      const double share = std::ldexp(1.0, -2 * static_cast<int>(levels - r));
      sum += share * (std::ldexp(1.0, -(within(widest, wide) + within(highest, high))) +
                      4 * std::ldexp(1.0, -static_cast<int>(wide + high)));
    }
    per_sample = std::max(per_sample, sum);
  }
  std::uint64_t count(std::uint64_t samples) const {
    return static_cast<std::uint64_t>(static_cast<double>(samples) * per_sample);
  }
};

struct Jpeg2000Parts {
  Jpeg2000BlockSizes sizes;  // in the main header, and in those of tiles, which may say otherwise
  std::vector<bool> tiles;   // which have any data: OpenJPEG shows what it has and says nothing
};

/// Of a codestream of so many channels and tiles. Throws std::bad_alloc. Thread-safe.
Jpeg2000Parts read_jpeg_2000_parts(ByteView codestream, std::uint32_t channels, std::size_t tiles);

}  // namespace visionshard::codec
