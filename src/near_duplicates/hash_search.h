// All pairs of hashes that differ in few bits, without comparing every hash with every other.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "near_duplicates/pdq_hash.h"

namespace visionshard::near_duplicates {

/// Hashes that differ in more bits are of different pictures.
inline constexpr unsigned most_distance = 31;

/// Of 16 bits each. Where 31 bits differ, at least one band differs in no more than one bit.
inline constexpr unsigned band_count = 16;

struct NearPair {
  std::uint32_t first = 0;  // places of the hashes; the first is the smaller one
  std::uint32_t second = 0;
  std::uint32_t distance = 0;

  friend constexpr auto operator<=>(const NearPair&, const NearPair&) noexcept = default;
};

/// Returns whether to go on.
using VisitPair = std::function<bool(const NearPair&)>;

/// The pairs whose first band that differs in at most one bit is this one, in an order that depends on nothing but the
/// hashes. Fewer than 2^32 hashes; 36 bytes of memory for each. Returns whether `visit` let it come to the end. Throws
/// std::bad_alloc. Thread-safe: bands can be searched at the same time.
bool visit_near_pairs_of_band(std::span<const PdqHash> hashes, unsigned band, const VisitPair& visit);

/// Each pair once, band by band.
bool visit_near_pairs(std::span<const PdqHash> hashes, const VisitPair& visit);

struct NearPairs {
  std::vector<NearPair> pairs;  // in order
  bool complete = true;         // there are no more than those
};

/// At most `most_pairs` pairs: n equal pictures alone are n * (n - 1) / 2.
NearPairs near_pairs(std::span<const PdqHash> hashes, std::size_t most_pairs);

}  // namespace visionshard::near_duplicates
