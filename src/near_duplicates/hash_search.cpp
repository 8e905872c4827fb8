#include "near_duplicates/hash_search.h"

#include <algorithm>

namespace visionshard::near_duplicates {
namespace {

constexpr unsigned band_bits = PdqHash::bits / band_count;
constexpr std::uint32_t band_values = 1U << band_bits;
static_assert(most_distance < 2 * band_count);

constexpr std::uint32_t band_of(const PdqHash& hash, unsigned band) noexcept {
  constexpr unsigned in_a_word = 64 / band_bits;
  return static_cast<std::uint32_t>(hash.words[band / in_a_word] >> (band_bits * (band % in_a_word))) % band_values;
}

bool is_found_before(const PdqHash& a, const PdqHash& b, unsigned band) noexcept {
  for (unsigned earlier = 0; earlier < band; ++earlier)
    if (std::popcount(band_of(a, earlier) ^ band_of(b, earlier)) <= 1) return true;
  return false;
}

struct Range {
  std::uint32_t first;
  std::uint32_t end;
};

// The hashes by their value of one band, those of equal value in the order in which they came.
struct BandTable {
  std::vector<std::uint32_t> starts;  // of each value, and the end
  std::vector<std::uint32_t> places;
  std::vector<PdqHash> hashes;

  BandTable(std::span<const PdqHash> all, unsigned band)
      : starts(band_values + 1), places(all.size()), hashes(all.size()) {
    for (const PdqHash& hash : all) ++starts[band_of(hash, band) + 1];
    for (std::uint32_t value = 0; value < band_values; ++value) starts[value + 1] += starts[value];
    for (std::uint32_t place = 0; place < all.size(); ++place) {
      const std::uint32_t at = starts[band_of(all[place], band)]++;
      places[at] = place;
      hashes[at] = all[place];
    }
    // Each start has moved to the start of the next value.
    std::move_backward(starts.begin(), starts.end() - 1, starts.end());
    starts[0] = 0;
  }
  Range range(std::uint32_t value) const noexcept { return {starts[value], starts[value + 1]}; }
};

// The first in the range that is near, or its end. Half of the bits tell nearly all that are not.
[[gnu::always_inline]] inline std::uint32_t next_near_by(const PdqHash* hashes, const PdqHash& hash,
                                                         Range range) noexcept {
  for (std::uint32_t at = range.first; at < range.end; ++at) {
    const auto& a = hash.words;
    const auto& b = hashes[at].words;
    const int half = std::popcount(a[0] ^ b[0]) + std::popcount(a[2] ^ b[2]);
    if (half > int{most_distance}) continue;
    if (half + std::popcount(a[1] ^ b[1]) + std::popcount(a[3] ^ b[3]) <= int{most_distance}) return at;
  }
  return range.end;
}

using NextNear = std::uint32_t (*)(const PdqHash* hashes, const PdqHash& hash, Range range) noexcept;

std::uint32_t next_near_anywhere(const PdqHash* hashes, const PdqHash& hash, Range range) noexcept {
  return next_near_by(hashes, hash, range);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::uint32_t next_near_with_popcnt(const PdqHash* hashes, const PdqHash& hash,
                                                              Range range) noexcept {
  return next_near_by(hashes, hash, range);
}
NextNear fastest_next_near() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("popcnt") ? next_near_with_popcnt : next_near_anywhere;
}
#else
NextNear fastest_next_near() noexcept { return next_near_anywhere; }
#endif

class BandSearch {
 public:
  BandSearch(std::span<const PdqHash> hashes, unsigned band, const VisitPair& visit)
      : band_(band), table_(hashes, band), visit_(visit) {}

  bool run() {
    for (std::uint32_t value = 0; value < band_values; ++value) {
      const Range range = table_.range(value);
      for (std::uint32_t at = range.first; at < range.end; ++at) {
        if (!compare(at, {at + 1, range.end})) return false;
        for (std::uint32_t bit = 1; bit < band_values; bit *= 2)
          if ((value & bit) == 0 && !compare(at, table_.range(value | bit))) return false;
      }
    }
    return true;
  }

 private:
  bool compare(std::uint32_t at, Range range) {
    const PdqHash& hash = table_.hashes[at];
    while ((range.first = next_near_(table_.hashes.data(), hash, range)) < range.end) {
      const std::uint32_t other = range.first++;
      const PdqHash& other_hash = table_.hashes[other];
      if (is_found_before(hash, other_hash, band_)) continue;
      const auto [first, second] = std::minmax(table_.places[at], table_.places[other]);
      if (!visit_({first, second, distance(hash, other_hash)})) return false;
    }
    return true;
  }

  NextNear next_near_ = fastest_next_near();
  unsigned band_;
  BandTable table_;
  const VisitPair& visit_;
};

}  // namespace

bool visit_near_pairs_of_band(std::span<const PdqHash> hashes, unsigned band, const VisitPair& visit) {
  return BandSearch(hashes, band, visit).run();
}

bool visit_near_pairs(std::span<const PdqHash> hashes, const VisitPair& visit) {
  for (unsigned band = 0; band < band_count; ++band)
    if (!visit_near_pairs_of_band(hashes, band, visit)) return false;
  return true;
}

NearPairs near_pairs(std::span<const PdqHash> hashes, std::size_t most_pairs) {
  NearPairs found;
  found.complete = visit_near_pairs(hashes, [&](const NearPair& pair) {
    if (found.pairs.size() == most_pairs) return false;
    found.pairs.push_back(pair);
    return true;
  });
  std::ranges::sort(found.pairs);
  return found;
}

}  // namespace visionshard::near_duplicates
