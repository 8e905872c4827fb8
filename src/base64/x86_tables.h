// Table lookups by pshufb, which only sees the low four bits of an index and gives 0 where bit 7 is set. Characters
// are hashed into 16 buckets, twice: by distance_bucket() a bucket has a single distance from character to value; by
// check_bucket() the characters of a bucket that are in the alphabet are all greater than those that are not, so that
// a saturating add of minus the smallest one leaves the sign bit set exactly for the characters outside. The
// associations after the latter were found by exhaustive search; no hash of that form does both.
//
// Bits that a 32-bit shift drags in from the neighboring character stay above the four a bucket is read from.
#pragma once

#include <array>
#include <cstdint>

#include "base64/alphabet.h"

namespace visionshard::base64 {

using ShuffleTable = std::array<std::int8_t, 16>;

alignas(16) inline constexpr ShuffleTable check_association = {0,  15, 15, 15, 15, 15, 15, 15,
                                                               15, 15, 13, 5,  1,  1,  1,  1};

// avg(association of c & 15, c >> 3)
constexpr std::size_t check_bucket(std::size_t c) {
  const auto association = static_cast<std::size_t>(c < 128 ? check_association[c & 15] : 0);
  return (association + (c >> 3) + 1) >> 1 & 15;
}

// avg(1, c >> 3), and one less for '/', which '+' would share a bucket with
constexpr std::size_t distance_bucket(std::size_t c) { return ((1 + (c >> 3) + 1) >> 1) - (c == '/' ? 1 : 0); }

alignas(16) inline constexpr ShuffleTable distances = [] {
  ShuffleTable table{};
  for (std::size_t c = 0; c < 256; ++c)
    if (values[c] != no_value) table[distance_bucket(c)] = static_cast<std::int8_t>(values[c] - static_cast<int>(c));
  return table;
}();

alignas(16) inline constexpr ShuffleTable check_limits = [] {
  ShuffleTable table{};
  table.fill(-128);
  for (std::size_t c = 128; c-- > 0;)
    if (values[c] != no_value) table[check_bucket(c)] = static_cast<std::int8_t>(-static_cast<int>(c));
  return table;
}();

static_assert([] {
  for (std::size_t c = 0; c < 256; ++c) {
    const int sum = check_limits[check_bucket(c)] + static_cast<std::int8_t>(c);
    if ((sum < 0) != (values[c] == no_value)) return false;
    if (values[c] != no_value && distances[distance_bucket(c)] + static_cast<int>(c) != values[c]) return false;
  }
  return true;
}());

// Result bytes of the four groups of a lane, which leave the multiply-adds in little-endian order.
alignas(16) inline constexpr ShuffleTable packed_order = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1};

// The three bytes a b c of a group as b a c b: two 16-bit words that hold two values each.
alignas(16) inline constexpr ShuffleTable spread_order = {1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};

// Distance from value to character, by max(value - 51, 0) + (value > 25).
alignas(16) inline constexpr ShuffleTable encode_distances = {'A',      'a' - 26, '0' - 52, '0' - 52, '0' - 52,
                                                              '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                                              '0' - 52, '0' - 52, '+' - 62, '/' - 63};

}  // namespace visionshard::base64
