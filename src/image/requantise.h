// A JPEG brought under a limit in the coefficient domain.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "image/conversion.h"

namespace visionshard::image {

struct Recoded {
  Bytes bytes;
  Conversion how;  // shrunk_lossless or shrunk_quality
};

/// First the same coefficients with better entropy coding, where a count of them says that it may fit; then the finest
/// steps of quantisation that fit, down to those of `min_quality`. Nothing where not even they do. Metadata goes, and
/// so does an ICC profile where the steps change: call it for sRGB pictures only then, or with `may_requantise` false.
/// `tries` is raised by the number of files written. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<std::optional<Recoded>> recoded_jpeg(ByteView bytes, ByteView profile, bool may_requantise,
                                                 std::uint64_t limit_bytes, int min_quality, unsigned& tries);

}  // namespace visionshard::image
