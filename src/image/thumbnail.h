// Thumbnails for the report.
#pragma once

#include <chrono>
#include <optional>

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::image {

/// Sides of a thumbnail in pixels, at most.
inline constexpr std::uint32_t thumbnail_side = 160;

struct Thumbnail {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes jpeg;
};

/// Memory that making one takes at most, beside the image's bytes.
std::uint64_t thumbnail_need_bytes(const codec::ImageInfo& info) noexcept;

/// An estimate, from the header, of the time on one core; 18 megapixels of JPEG in one scan are 80 ms.
std::chrono::nanoseconds thumbnail_time(const codec::ImageInfo& info, std::uint64_t bytes) noexcept;

/// Returns the upright picture, on a checkered background where it is transparent; nothing if it cannot be decoded.
/// Throws std::bad_alloc. Thread-safe.
std::optional<Thumbnail> thumbnail(ByteView bytes, const codec::ImageInfo& info);

}  // namespace visionshard::image
