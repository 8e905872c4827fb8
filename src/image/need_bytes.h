// How much memory a conversion is reserved, by kind of image. tests/memory holds the numbers to what is measured.
#pragma once

#include <cstdint>

#include "codec/image_info.h"

namespace visionshard::image {

/// Of a picture on its way from file to file, beside both files: decoded and turned pixels, filtered rows or
/// coefficients, the libraries' own. Of JPEG, PNG, WebP, GIF, BMP and TIFF 10 to 15 were measured.
std::uint64_t bytes_per_pixel(const codec::ImageInfo& info) noexcept;

/// What decoding a picture that needs pixels takes at most, encoding it again included.
std::uint64_t conversion_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes) noexcept;

}  // namespace visionshard::image
