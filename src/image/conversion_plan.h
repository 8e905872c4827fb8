// From what the header says to what must be done.
#pragma once

#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <optional>

#include "codec/image_info.h"
#include "image/conversion.h"

namespace visionshard::image {

/// A picture with fewer pixels or less of each, as stored: not turned.
struct Reduction {
  ImageSize size;
  int max_quality = 100;  // below 100 also a lossless source is encoded with loss

  bool operator==(const Reduction&) const = default;
};

struct ConversionPlan {
  Conversions conversions;             // that the header alone calls for
  bool over_limit = false;             // in bytes
  bool needs_pixels = false;           // must be decoded; otherwise files are cut, turned, recoded and put together
  std::uint64_t need_bytes = 0;        // memory for carrying the plan out, beside the line itself
  std::optional<Reduction> reduction;  // not the header's doing

  bool keeps() const noexcept { return !conversions.any() && !over_limit; }
};

/// Faults: too_many_pixels, corrupt_image.
ImageResult<ConversionPlan> plan_conversion(const codec::ImageInfo& info, std::uint64_t image_bytes,
                                            const Limits& limits, const ImageOptions& options);

}  // namespace visionshard::image
