// How much memory is reserved for an image, by its kind. tests/memory/memory_table.py compares the numbers with
// measurements.
#pragma once

#include <cstdint>

#include "codec/image_info.h"

namespace visionshard::image {

/// Most bytes that decoding holds for each pixel, the pixels themselves included.
std::uint64_t decoder_bytes_per_pixel(const codec::ImageInfo& info) noexcept;

/// The same on the way from file to file: turned pixels, filtered rows or coefficients, the encoder's own.
std::uint64_t bytes_per_pixel(const codec::ImageInfo& info) noexcept;

/// What decoding a picture takes, without the file.
std::uint64_t decoding_need_bytes(const codec::ImageInfo& info) noexcept;

/// What making a lossy WebP of so many pixels takes, where the picture may have alpha: libwebp's coder of alpha holds
/// 17 bytes a pixel for smooth alpha and 39 for noise, measured from 2 to 38 megapixels.
std::uint64_t lossy_alpha_bytes(const codec::ImageInfo& info, std::uint64_t pixels) noexcept;

/// What decoding and encoding it again take, so that it fits into `limit_bytes`: the files in their copies, and the
/// pixels.
std::uint64_t conversion_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes,
                                    std::uint64_t limit_bytes) noexcept;

}  // namespace visionshard::image
