// Measures the loss of fitting an image.
#pragma once

#include <optional>

#include "codec/image_info.h"

namespace visionshard::image {

/// Peak signal-to-noise ratio in decibels of `result` against `source`, both upright and in sRGB; if
/// the result is smaller, against the source resampled to its size. 99 if they are the same; nothing if one of them
/// cannot be decoded. Colors and alpha count alike. Throws std::bad_alloc.
std::optional<double> measured_psnr_db(ByteView source, const codec::ImageInfo& info, ByteView result);

}  // namespace visionshard::image
