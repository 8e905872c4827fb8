// The picture of 64 by 64 that the PDQ hash is taken of.
#pragma once

#include <array>
#include <cstdint>

#include "near_duplicates/luma_plane.h"

namespace visionshard::near_duplicates {

inline constexpr std::uint32_t reduced_side = 64;

/// Rows of brightness, with the fraction bits of LumaPlane.
using Luma64 = std::array<std::array<std::int32_t, reduced_side>, reduced_side>;

/// Two box filters in each direction, whose window is a 128th of the side, rounded up, and of the result the pixel at
/// the center of each cell. The plane must not be empty.
Luma64 luma_64(const LumaPlane& plane);

}  // namespace visionshard::near_duplicates
