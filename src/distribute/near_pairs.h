// Pairs of near-duplicates, from groups of hashes.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/keep_running.h"
#include "near_duplicates/pdq_hash.h"

namespace visionshard::distribute {

/// Two hashes, by their numbers, or one that two pictures have.
struct NearHashes {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t distance = 0;
};

/// Of a group with more hashes only the pairs of so many are counted: their number grows with its square.
inline constexpr std::size_t max_compared_hashes = 1 << 14;

/// Counts the pairs of pictures in the groups, and the pictures in them. `pictures` has how many have each hash,
/// `firsts` the first hash of each one's group. Returns of each group the two hashes that differ most, at most
/// max_near_pairs_shown of them, and those of most bits first. Takes 8 bytes of memory a hash. Fault: interrupted.
RunResult<std::vector<NearHashes>> count_near_pairs(std::span<const near_duplicates::PdqHash> hashes,
                                                    std::span<const std::uint32_t> pictures,
                                                    std::span<const std::uint32_t> firsts,
                                                    const KeepRunning& keep_running, NearDuplicatesReport& report);

}  // namespace visionshard::distribute
