// The filters of many PNG rows undone at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace visionshard::codec {

/// Readable bytes that undo_png_rows wants after the last row and the row above.
inline constexpr std::size_t png_row_padding = 32;

/// As many as are undone together at most, and few enough to be in the cache when they are read again.
inline constexpr std::uint32_t png_rows_at_once = 16;

/// Undoes the filters of `rows` rows in place. They follow one another from `first` on, each after the byte of its
/// filter; false where that is none, and then some rows may be undone and others not. `above` is the row before,
/// undone, or zeros; `pixel_bytes` 1 to 8.
bool undo_png_rows(std::uint8_t* first, std::size_t rows, const std::uint8_t* above, std::size_t row_bytes,
                   std::size_t pixel_bytes) noexcept;

/// As undo_png_rows, of a whole picture; the rows also move together, over the bytes of their filters. Throws
/// std::bad_alloc.
bool png_rows_to_pixels(std::uint8_t* first, std::size_t rows, std::size_t row_bytes, std::size_t pixel_bytes);

}  // namespace visionshard::codec
