// Decoded pictures, and what is done with any of them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace visionshard::codec {

/// Interleaved 8-bit samples, rows without gaps: 3 channels RGB, 4 RGBA with alpha not premultiplied.
struct Pixels {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;
  Bytes data;

  Pixels() = default;
  /// Throws std::bad_alloc.
  Pixels(std::uint32_t w, std::uint32_t h, std::uint32_t c)
      : width(w), height(h), channels(c), data(std::size_t{w} * h * c) {}

  std::size_t stride() const noexcept { return std::size_t{width} * channels; }
  std::uint8_t* row(std::uint32_t y) noexcept { return reinterpret_cast<std::uint8_t*>(data.data()) + y * stride(); }
  const std::uint8_t* row(std::uint32_t y) const noexcept {
    return reinterpret_cast<const std::uint8_t*>(data.data()) + y * stride();
  }
};

/// Whether every pixel is opaque (also true without an alpha channel).
bool is_opaque(const Pixels& pixels) noexcept;

/// RGBA to RGB; for pixels that is_opaque() said yes to.
Pixels without_alpha(const Pixels& pixels);

/// Divides the colors by the alpha that they were multiplied with.
void unmultiply(Pixels& rgba) noexcept;

/// The picture as an Exif orientation (2 to 8) says it is to be shown; 1 gives it back as it is.
Pixels oriented(Pixels pixels, unsigned orientation);

/// `strips` strips of 16 rows, or of fewer, evenly spaced, as a small picture by which to validate the whole; a copy of
/// the whole where it is hardly larger.
Pixels row_sample(const Pixels& pixels, std::uint32_t strips, std::uint32_t strip_rows = 16);

/// Resamples with a Lanczos kernel of three lobes, alpha-weighted. Both sizes must be at least 1 and not larger than
/// the source's.
Pixels resized(const Pixels& pixels, std::uint32_t width, std::uint32_t height);

}  // namespace visionshard::codec
