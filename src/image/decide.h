// From what the header says to what must be done. Pure.
#pragma once

#include <visionshard/options.h>

#include "codec/image_info.h"
#include "image/conversion.h"

namespace visionshard::image {

struct Plan {
  Conversions conversions;       // that the header alone calls for
  bool over_limit = false;       // in bytes
  bool needs_pixels = false;     // must be decoded; otherwise files are cut, turned, recoded and put together
  std::uint64_t need_bytes = 0;  // memory for carrying the plan out, beside the line itself

  bool keeps() const noexcept { return !conversions.any() && !over_limit; }
};

/// Faults: too_many_pixels, corrupt_image.
ImageResult<Plan> decide(const codec::ImageInfo& info, std::uint64_t image_bytes, const Limits& limits,
                         const ImageOptions& options);

}  // namespace visionshard::image
