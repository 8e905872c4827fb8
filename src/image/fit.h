// Converts one image to an acceptable image.
#pragma once

#include <visionshard/options.h>

#include <optional>

#include "codec/image_info.h"
#include "image/conversion.h"
#include "image/conversion_plan.h"

namespace visionshard::image {

struct Fitted {
  codec::Format format = codec::Format::unknown;
  Bytes bytes;
  Conversions conversions;
  bool shrunk = false;            // the source, or its conversion, was over the byte limit
  std::optional<double> psnr_db;  // if measuring was requested and it was shrunk
  unsigned tries = 0;             // encodes of the whole picture spent on the limit
  bool unchanged = false;         // the bytes are the source's
  bool reduced = false;           // by ConversionPlan::reduction
  bool needs_max = false;         // nothing was made, since it takes ConversionPlan::max_need_bytes
};

/// Carries `plan` out: without decoding where possible; a JPEG over the limit is requantized in the coefficient domain;
/// any other image is decoded once, reduced, rotated, and encoded so that it fits. Faults: corrupt_image, cannot_fit.
/// Throws std::bad_alloc. Thread-safe.
ImageResult<Fitted> fit_image(ByteView bytes, const codec::ImageInfo& info, const ConversionPlan& plan,
                              const Limits& limits, const ImageOptions& options);

/// Memory that verify_pixels takes at most, beside the image's bytes.
std::uint64_t verify_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes) noexcept;

/// Decodes the image fully, for --verify pixels. Fault: corrupt_image.
ImageResult<void> verify_pixels(ByteView bytes, const codec::ImageInfo& info);

}  // namespace visionshard::image
