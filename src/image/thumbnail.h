// A picture as a stamp.
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

/// About the time that it takes one core, from the header; 18 megapixels of JPEG in one scan are 80 ms.
std::chrono::nanoseconds thumbnail_time(const codec::ImageInfo& info, std::uint64_t bytes) noexcept;

/// The picture as it is shown, on a chequered ground where it is transparent; nothing where it cannot be decoded.
/// Throws std::bad_alloc. Thread-safe.
std::optional<Thumbnail> thumbnail(ByteView bytes, const codec::ImageInfo& info);

}  // namespace visionshard::image
