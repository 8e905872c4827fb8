// What "quality" means for a JPEG: the standard's example tables, scaled as libjpeg scales them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace visionshard::codec {

/// The steps by which 64 coefficients are divided, row by row.
using QuantTable = std::array<std::uint16_t, 64>;

/// Where the k-th coefficient of the order of rising frequency stands in a row-by-row block (T.81 figure A.6).
inline constexpr std::array<std::uint8_t, 64> zigzag = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                                        12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                                        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                                        58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

enum class Plane : std::uint8_t { luminance, chrominance };

/// T.81 tables K.1 and K.2 scaled for `quality` 1 to 100, fractions among them, each step 1 to 255.
QuantTable table_of(double quality, Plane plane) noexcept;

/// The quality, 1 to 100, whose luminance table has the same sum as `table`, as nearly as can be.
double quality_of(std::span<const std::uint16_t, 64> table) noexcept;

}  // namespace visionshard::codec
