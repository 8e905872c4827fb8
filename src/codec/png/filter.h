// The five filters of PNG rows, undone (PNG specification, section 9).
#pragma once

#include <cstddef>
#include <cstdint>

namespace visionshard::codec {

enum class PngFilter : std::uint8_t { none, sub, up, average, paeth };
inline constexpr std::uint8_t png_filter_count = 5;

inline int png_paeth(int left, int above, int corner) noexcept {
  const int to_left = above > corner ? above - corner : corner - above;
  const int to_above = left > corner ? left - corner : corner - left;
  const int sum = left + above - 2 * corner;
  const int to_corner = sum < 0 ? -sum : sum;
  return to_left <= to_above && to_left <= to_corner ? left : to_above <= to_corner ? above : corner;
}

/// Undoes `filter` on `row` in place. `above` is the row before, undone, or zeros; `pixel_bytes` 1 to 8. Three bytes
/// after both rows must be readable.
void undo_png_filter(PngFilter filter, std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                     std::size_t pixel_bytes) noexcept;

}  // namespace visionshard::codec
