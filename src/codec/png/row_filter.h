// The filters of PNG rows, chosen and applied (PNG specification, sections 9 and 12.7). filter.h undoes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/png/filter.h"

namespace visionshard::codec {

/// For each filter but none, the sum of the filtered row's bytes, taken as signed, without their signs. `row` and
/// `above`, the row before or zeros, have `pixel_bytes` zero bytes before their first.
std::array<std::uint32_t, png_filter_count> png_filter_sums(const std::uint8_t* row, const std::uint8_t* above,
                                                            std::size_t row_bytes, std::size_t pixel_bytes) noexcept;

/// Writes the filtered row, `row_bytes` bytes.
void apply_png_filter(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                      std::size_t pixel_bytes, std::uint8_t* out) noexcept;

/// Which filter the rows of a picture get: one for all, or each the one with the least sum.
enum class RowFilters : std::uint8_t { none, sub, up, paeth, min_sum };

/// Filters rows one after the other. Not thread-safe.
class PngRowFilter {
 public:
  /// Throws std::bad_alloc.
  PngRowFilter(std::size_t row_bytes, std::size_t pixel_bytes);

  /// The filter taken. The filtered row goes to `out`, `row_bytes` bytes.
  PngFilter apply(const std::uint8_t* row, RowFilters filters, std::uint8_t* out);

 private:
  std::uint8_t* padded(bool which) noexcept;

  std::size_t row_bytes_, pixel_bytes_;
  Bytes rows_;  // this one and the one before, each after pixel_bytes zeros
  bool current_ = false;
};

}  // namespace visionshard::codec
