// Decides from an image's header which conversion it needs.
#pragma once

#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <optional>

#include "codec/image_info.h"
#include "image/conversion.h"

namespace visionshard::image {

/// Fewer pixels or less quality, in the stored orientation.
struct Reduction {
  ImageSize size;
  int max_quality = 100;  // below 100 also a lossless source is encoded with loss

  bool operator==(const Reduction&) const = default;
};

struct ConversionPlan {
  Conversions conversions;             // that the header requires
  bool over_limit = false;             // in bytes
  bool needs_pixels = false;           // must be decoded (a CMYK JPEG only if it has black); otherwise the file is
                                       // rewritten without decoding
  std::uint64_t need_bytes = 0;        // memory for carrying the plan out, in addition to the line, as a rule
  std::uint64_t max_need_bytes = 0;    // and at most
  bool has_max = true;                 // max_need_bytes are reserved, not just need_bytes
  std::optional<Reduction> reduction;  // set by --fit-model and --shards, not by the header

  bool keeps() const noexcept { return !conversions.any() && !over_limit; }
};

/// Faults: too_many_pixels, corrupt_image.
ImageResult<ConversionPlan> plan_conversion(const codec::ImageInfo& info, std::uint64_t image_bytes,
                                            const Limits& limits, const ImageOptions& options);

}  // namespace visionshard::image
