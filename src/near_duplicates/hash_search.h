// Which hashes differ in few bits, without comparing every hash with every other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/keep_running.h"
#include "near_duplicates/pdq_hash.h"

namespace visionshard::near_duplicates {

/// Hashes that differ in more bits are of different pictures.
inline constexpr unsigned most_distance = 31;

/// Of 16 bits each. Where 31 bits differ, at least one band differs in no more than one bit.
inline constexpr unsigned band_count = 16;

/// The place of the first of `hashes` from place `from` on that is near; their number where there is none.
std::size_t next_near(std::span<const PdqHash> hashes, const PdqHash& hash, std::size_t from) noexcept;

/// Groups of hashes: two that are near are in one group, and so are all that a chain of near ones connects. Returns for
/// each hash the place of the first of its group; nothing where `keep_running`, which all threads call, said to stop.
/// Fewer than 2^32 hashes; memory by near_groups_bytes(). Throws std::bad_alloc.
std::optional<std::vector<std::uint32_t>> near_groups(std::span<const PdqHash> hashes, unsigned threads,
                                                      const KeepRunning& keep_running);

/// Memory that near_groups() takes on so many threads, beside the hashes.
std::uint64_t near_groups_bytes(std::uint64_t hashes, unsigned threads) noexcept;

}  // namespace visionshard::near_duplicates
