#include "distribute/near_pairs.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "near_duplicates/hash_search.h"

namespace visionshard::distribute {
namespace {

using near_duplicates::PdqHash;

class PairCount {
 public:
  PairCount(std::span<const PdqHash> hashes, std::span<const std::uint32_t> pictures, const KeepRunning& keep_running,
            NearDuplicatesReport& report)
      : hashes_(hashes), pictures_(pictures), keep_running_(keep_running), report_(report) {}

  // `group`: the numbers of its hashes, ascending.
  RunResult<void> add(std::span<const std::uint32_t> group) {
    std::uint64_t pictures = 0;
    for (const std::uint32_t hash : group) pictures += pictures_[hash];
    if (pictures < 2) return {};
    ++report_.groups;
    report_.near_pictures += pictures;
    report_.largest_group = std::max(report_.largest_group, pictures);
    if (group.size() > max_compared_hashes) {
      report_.has_more_pairs = true;
      group = group.first(max_compared_hashes);
    }
    together_.clear();
    for (const std::uint32_t hash : group) together_.push_back(hashes_[hash]);
    farthest_.reset();
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (++rows_ % 64 == 0 && !keep_running_()) return interrupted();
      compare(group, i);
    }
    if (farthest_) show(*farthest_);
    return {};
  }

  std::vector<NearHashes> take_shown() && { return std::move(shown_); }

 private:
  void compare(std::span<const std::uint32_t> group, std::size_t i) {
    const std::uint64_t here = pictures_[group[i]];
    if (here > 1) {
      report_.pairs += here * (here - 1) / 2;
      note({group[i], group[i], 0});
    }
    for (std::size_t j = i + 1; (j = near_duplicates::next_near(together_, together_[i], j)) < group.size(); ++j) {
      report_.pairs += here * pictures_[group[j]];
      note({group[i], group[j], distance(together_[i], together_[j])});
    }
  }

  static bool is_before(const NearHashes& a, const NearHashes& b) noexcept {
    return std::tuple(b.distance, a.first, a.second) < std::tuple(a.distance, b.first, b.second);
  }
  void note(const NearHashes& pair) {
    if (!farthest_ || is_before(pair, *farthest_)) farthest_ = pair;
  }
  void show(const NearHashes& pair) {
    shown_.insert(std::ranges::upper_bound(shown_, pair, is_before), pair);
    if (shown_.size() > max_near_pairs_shown) shown_.pop_back();
  }

  std::span<const PdqHash> hashes_;
  std::span<const std::uint32_t> pictures_;
  const KeepRunning& keep_running_;
  NearDuplicatesReport& report_;
  std::vector<PdqHash> together_;       // of the group
  std::optional<NearHashes> farthest_;  // of the group
  std::vector<NearHashes> shown_;
  std::uint64_t rows_ = 0;
};

}  // namespace

RunResult<std::vector<NearHashes>> count_near_pairs(std::span<const PdqHash> hashes,
                                                    std::span<const std::uint32_t> pictures,
                                                    std::span<const std::uint32_t> firsts,
                                                    const KeepRunning& keep_running, NearDuplicatesReport& report) {
  // The hashes by their groups.
  std::vector<std::uint32_t> ends(hashes.size() + 1), in_groups(hashes.size());
  for (const std::uint32_t first : firsts) ++ends[first + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  for (std::uint32_t hash = 0; hash < hashes.size(); ++hash) in_groups[ends[firsts[hash]]++] = hash;
  PairCount count(hashes, pictures, keep_running, report);
  for (std::size_t group = 0, begin = 0; group < hashes.size(); begin = ends[group++])
    if (ends[group] > begin) VISIONSHARD_TRY(count.add(std::span(in_groups).subspan(begin, ends[group] - begin)));
  return std::move(count).take_shown();
}

}  // namespace visionshard::distribute
