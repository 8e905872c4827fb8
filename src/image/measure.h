// What fitting cost, in figures.
#pragma once

#include <optional>

#include "codec/image_info.h"

namespace visionshard::image {

/// Peak signal-to-noise ratio in decibels of `result` against `source`, both as they are shown (turned, sRGB); where
/// the result is smaller, against the source resampled to its size. 99 where they are the same; nothing where one of
/// them cannot be decoded. Over colors and alpha alike. Throws std::bad_alloc.
std::optional<double> measured_psnr_db(ByteView source, const codec::ImageInfo& info, ByteView result);

}  // namespace visionshard::image
