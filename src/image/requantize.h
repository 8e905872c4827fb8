// Brings a JPEG under a byte limit in the coefficient domain.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/jpeg/structure.h"
#include "image/conversion.h"

namespace visionshard::image {

struct Recoded {
  Bytes bytes;
  Conversion how;  // shrunk_lossless or shrunk_quality
};

struct RecodeLimits {
  std::uint64_t max_bytes = 0;
  int min_quality = 60;
  bool may_requantize = true;  // false: only what loses nothing
};

/// First the same coefficients with better entropy coding, where a count of them says that it may fit; then the finest
/// steps of quantization that fit, down to those of `min_quality`. Nothing where not even they do. Metadata goes, and
/// so does an ICC profile, which `profile` is, where the steps change: allow that for sRGB pictures only. `tries` is
/// raised by the number of files written. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<std::optional<Recoded>> recoded_jpeg(ByteView bytes, const codec::JpegStructure& structure,
                                                 ByteView profile, const RecodeLimits& limits, unsigned& tries);

}  // namespace visionshard::image
