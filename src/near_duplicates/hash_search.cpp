// In each band the hashes that are equal or differ in one bit are searched breadth first: whatever is near a hash is
// taken out and followed in its turn. No pair is compared twice, and of hashes that are all near each other, all are
// gone after the first was compared with them; so pictures that were saved a million times take no square of a million.
#include "near_duplicates/hash_search.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/for_each_index.h"

namespace visionshard::near_duplicates {
namespace {

constexpr unsigned band_bits = PdqHash::bits / band_count;
constexpr std::uint32_t band_values = 1U << band_bits;
static_assert(most_distance < 2 * band_count);

constexpr std::uint32_t band_of(const PdqHash& hash, unsigned band) noexcept {
  constexpr unsigned in_a_word = 64 / band_bits;
  return static_cast<std::uint32_t>(hash.words[band / in_a_word] >> (band_bits * (band % in_a_word))) % band_values;
}

struct Range {
  std::uint32_t first;
  std::uint32_t end;
};

// The first in the range that is near, or its end. Half of the bits tell nearly all that are not.
[[gnu::always_inline]] inline std::size_t next_near_by(const PdqHash* hashes, const PdqHash& hash, std::size_t at,
                                                       std::size_t end) noexcept {
  for (; at < end; ++at) {
    const auto& a = hash.words;
    const auto& b = hashes[at].words;
    const int half = std::popcount(a[0] ^ b[0]) + std::popcount(a[2] ^ b[2]);
    if (half > int{most_distance}) continue;
    if (half + std::popcount(a[1] ^ b[1]) + std::popcount(a[3] ^ b[3]) <= int{most_distance}) return at;
  }
  return end;
}

using NextNear = std::size_t (*)(const PdqHash* hashes, const PdqHash& hash, std::size_t at, std::size_t end) noexcept;

std::size_t next_near_anywhere(const PdqHash* hashes, const PdqHash& hash, std::size_t at, std::size_t end) noexcept {
  return next_near_by(hashes, hash, at, end);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::size_t next_near_with_popcnt(const PdqHash* hashes, const PdqHash& hash, std::size_t at,
                                                            std::size_t end) noexcept {
  return next_near_by(hashes, hash, at, end);
}
NextNear fastest_next_near() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("popcnt") ? next_near_with_popcnt : next_near_anywhere;
}
#else
NextNear fastest_next_near() noexcept { return next_near_anywhere; }
#endif

// Disjoint sets; the least place of a set stands for it.
class Sets {
 public:
  explicit Sets(std::size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), 0); }

  struct Pair {
    std::uint32_t a, b;
  };
  void connect(std::span<const Pair> pairs) {
    const std::lock_guard lock(mutex_);
    for (const Pair& pair : pairs) {
      const std::uint32_t a = first_of(pair.a), b = first_of(pair.b);
      parents_[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<std::uint32_t> firsts() && {
    for (std::uint32_t place = 0; place < parents_.size(); ++place) parents_[place] = first_of(place);
    return std::move(parents_);
  }

 private:
  std::uint32_t first_of(std::uint32_t place) noexcept {
    while (parents_[place] != place) place = parents_[place] = parents_[parents_[place]];
    return place;
  }

  std::mutex mutex_;
  std::vector<std::uint32_t> parents_;
};

constexpr std::uint64_t set_bytes = sizeof(std::uint32_t);
// With the places, and the list of those to follow while it grows.
constexpr std::uint64_t band_bytes = sizeof(PdqHash) + 4 * sizeof(std::uint32_t);

class BandSearch {
 public:
  BandSearch(std::span<const PdqHash> all, unsigned band, Sets& sets, const KeepRunning& keep_running)
      : band_(band),
        ranges_(band_values),
        places_(all.size()),
        hashes_(all.size()),
        sets_(sets),
        keep_running_(keep_running) {
    for (const PdqHash& hash : all) ++ranges_[band_of(hash, band)].end;
    std::uint32_t first = 0;
    for (Range& range : ranges_) {
      first += std::exchange(range.end, first);
      range.first = range.end;
    }
    for (std::uint32_t place = 0; place < all.size(); ++place) {
      const std::uint32_t at = ranges_[band_of(all[place], band)].end++;
      places_[at] = place;
      hashes_[at] = all[place];
    }
  }

  bool run() {
    for (std::uint32_t value = 0; value < band_values; ++value) {
      Range& range = ranges_[value];
      while (range.first < range.end) {
        followed_.push_back(--range.end);
        while (!followed_.empty())
          if (!follow()) return false;
      }
    }
    sets_.connect(found_);
    return true;
  }

 private:
  // Takes out all that are near the next one to follow.
  bool follow() {
    const std::uint32_t from = followed_.back();
    followed_.pop_back();
    const PdqHash hash = hashes_[from];
    const std::uint32_t value = band_of(hash, band_);
    take_near(hash, places_[from], ranges_[value]);
    for (std::uint32_t bit = 1; bit < band_values; bit *= 2) take_near(hash, places_[from], ranges_[value ^ bit]);
    constexpr std::uint64_t asked_each = 1 << 20;
    if (compared_ < asked_each) return true;
    compared_ = 0;
    return !keep_running_ || keep_running_();
  }

  // After the end of a range stand those that were taken out of it.
  void take_near(const PdqHash& hash, std::uint32_t place, Range& range) {
    compared_ += range.end - range.first;
    std::size_t at = range.first;
    while ((at = next_near_(hashes_.data(), hash, at, range.end)) < range.end) {
      --range.end;
      std::swap(hashes_[at], hashes_[range.end]);
      std::swap(places_[at], places_[range.end]);
      followed_.push_back(range.end);
      found_.push_back({place, places_[range.end]});
      if (found_.size() < most_found) continue;
      sets_.connect(found_);
      found_.clear();
    }
  }

  static constexpr std::size_t most_found = 4096;

  NextNear next_near_ = fastest_next_near();
  unsigned band_;
  std::vector<Range> ranges_;  // of each value: those that nothing was near yet
  std::vector<std::uint32_t> places_;
  std::vector<PdqHash> hashes_;
  std::vector<std::uint32_t> followed_;  // taken out, and not yet compared
  std::vector<Sets::Pair> found_;
  std::uint64_t compared_ = 0;
  Sets& sets_;
  const KeepRunning& keep_running_;
};

}  // namespace

std::size_t next_near(std::span<const PdqHash> hashes, const PdqHash& hash, std::size_t from) noexcept {
  static const NextNear next = fastest_next_near();
  return next(hashes.data(), hash, from, hashes.size());
}

std::optional<std::vector<std::uint32_t>> near_groups(std::span<const PdqHash> hashes, unsigned threads,
                                                      const KeepRunning& keep_running) {
  Sets sets(hashes.size());
  std::atomic<bool> stopped{false};
  for_each_index(band_count, threads, stopped, [&](std::size_t band) {
    if (!BandSearch(hashes, static_cast<unsigned>(band), sets, keep_running).run()) stopped = true;
  });
  if (stopped) return std::nullopt;
  return std::move(sets).firsts();
}

std::uint64_t near_groups_bytes(std::uint64_t hashes, unsigned threads) noexcept {
  constexpr std::uint64_t fixed_bytes = band_values * sizeof(Range) + (1 << 20);
  const std::uint64_t at_once = std::clamp(threads, 1U, band_count);
  return hashes * set_bytes + at_once * (hashes * band_bytes + fixed_bytes);
}

}  // namespace visionshard::near_duplicates
