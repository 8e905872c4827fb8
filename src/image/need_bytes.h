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

/// What decoding and encoding it again take: the files in their copies, and the pixels.
std::uint64_t conversion_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes) noexcept;

}  // namespace visionshard::image
