#include "distribute/near_duplicates.h"

#include <algorithm>
#include <map>

#include "base/external_sort.h"
#include "near_duplicates/hash_search.h"

namespace visionshard::distribute {
namespace {

using near_duplicates::PdqHash;
using output::PictureRecord;

// For each hash: it, its number of pictures, and what the search takes on one thread, or afterwards the pairs and drop.
constexpr std::uint64_t kept_bytes = sizeof(PdqHash) + 2 * sizeof(std::uint32_t);
constexpr std::uint64_t later_bytes = 64;

std::uint64_t needed_bytes(std::uint64_t hashes, unsigned threads) {
  return hashes * kept_bytes + std::max(hashes * later_bytes, near_duplicates::near_groups_bytes(hashes, threads));
}

// Of a hash that is shown: the two pictures of it that stand first.
class FirstPictures {
 public:
  void add(const PictureRecord& record) {
    const bool is_another = !any_ || before_.key != record.key;
    any_ = true;
    before_ = record;
    // Within a picture places ascend.
    if (!is_another) return;
    firsts_.insert(std::ranges::upper_bound(firsts_, record.place, {}, &PicturePlace::place),
                   {record.place, record.line, record.image, record.quality});
    if (firsts_.size() > 2) firsts_.pop_back();
  }
  const PicturePlace& first() const { return firsts_.at(0); }
  const PicturePlace& second() const { return firsts_.at(1); }

 private:
  bool any_ = false;
  PictureRecord before_{};
  std::vector<PicturePlace> firsts_;
};

// A picture that has a near-duplicate, in input order.
struct NearRecord {
  std::uint64_t place;
  std::uint64_t line;
  output::HashKey key;
  std::uint32_t hash;
  std::uint32_t image;

  auto operator<=>(const NearRecord&) const = default;
};

// The hashes of kept examples, by groups. Of a group those that are kept stand at its beginning.
class KeptHashes {
 public:
  // `in_group(hash)`: whether it is in a group of more than one picture.
  template <class InGroup>
  KeptHashes(std::span<const PdqHash> hashes, std::span<const std::uint32_t> firsts, InGroup in_group)
      : hashes_(hashes), firsts_(firsts), ends_(hashes.size() + 1) {
    for (std::uint32_t hash = 0; hash < hashes.size(); ++hash)
      if (in_group(hash)) ++ends_[firsts[hash] + 1];
    for (std::size_t i = 1; i < ends_.size(); ++i) ends_[i] += ends_[i - 1];
    kept_.resize(ends_.back());
    kept_keys_.resize(ends_.back());
    begins_ = ends_;
  }

  bool has_near(const NearRecord& picture) const {
    const std::uint32_t group = firsts_[picture.hash];
    const auto kept = std::span(kept_).first(ends_[group]);
    const PdqHash& hash = hashes_[picture.hash];
    for (std::size_t at = begins_[group]; (at = near_duplicates::next_near(kept, hash, at)) < kept.size(); ++at)
      if (kept[at] != hash || kept_keys_[at] != picture.key) return true;
    return false;
  }

  void keep(const NearRecord& picture) {
    const std::uint32_t group = firsts_[picture.hash];
    const PdqHash& hash = hashes_[picture.hash];
    for (std::size_t at = begins_[group]; at < ends_[group]; ++at) {
      if (kept_[at] != hash) continue;
      // Two pictures of one hash: every picture of it is a near-duplicate of one of them.
      if (kept_keys_[at] != picture.key) kept_keys_[at] = several;
      return;
    }
    kept_[ends_[group]] = hash;
    kept_keys_[ends_[group]++] = picture.key;
  }

 private:
  // No key of an image: see output::shared_key().
  static constexpr output::HashKey several = {UINT64_MAX, UINT64_MAX};

  std::span<const PdqHash> hashes_;
  std::span<const std::uint32_t> firsts_;
  std::vector<std::uint32_t> begins_, ends_;  // by group
  std::vector<PdqHash> kept_;
  std::vector<output::HashKey> kept_keys_;
};

}  // namespace

RunResult<void> NearDuplicateSearch::read_hashes(std::uint64_t memory_bytes, unsigned& threads) {
  const std::string path = path_ + ".hashes";
  const auto file = VISIONSHARD_TRY(pictures_.count_hashes(path));
  const std::uint64_t hashes = file.bytes / sizeof(PicturesOfHash);
  if (hashes > INT32_MAX)
    return run_fault("the corpus has more than 2,147,483,647 different pictures, too many for --near-duplicates");
  const std::uint64_t least_bytes = needed_bytes(hashes, 1);
  if (least_bytes > memory_bytes)
    return run_fault(fmt::format(
        "--near-duplicates takes {} bytes of memory for {} different pictures, more than {}; give at least --memory "
        "{}MB, and go on where the run ended",
        least_bytes, hashes, memory_bytes, least_bytes / 1'000'000 + 1));
  while (threads > 1 && needed_bytes(hashes, threads) > memory_bytes) --threads;
  hashes_.reserve(hashes);
  number_of_pictures_.reserve(hashes);
  auto reader = VISIONSHARD_TRY(RecordReader<PicturesOfHash>::open(path, file.bytes));
  for (;;) {
    const auto next = VISIONSHARD_TRY(reader.next());
    if (next == nullptr) break;
    hashes_.push_back(next->hash);
    number_of_pictures_.push_back(static_cast<std::uint32_t>(next->pictures));
  }
  std::remove(path.c_str());
  return {};
}

RunResult<void> NearDuplicateSearch::run(const std::string& left_out_path, std::uint64_t left_out_bytes,
                                         std::uint64_t memory_bytes, unsigned threads, NearDuplicatesFound& found) {
  VISIONSHARD_TRY(pictures_.leave_out(left_out_path, left_out_bytes));
  VISIONSHARD_TRY(read_hashes(memory_bytes, threads));
  NearDuplicatesReport& report = found.report;
  report.looked_for = true;
  report.frequent_pictures = pictures_.frequent_pictures();
  for (const std::uint32_t pictures : number_of_pictures_) report.pictures += pictures;
  auto firsts = near_duplicates::near_groups(hashes_, threads, keep_running_);
  if (!firsts) return interrupted();
  firsts_ = std::move(*firsts);
  near_.resize(hashes_.size());
  for (std::uint32_t hash = 0; hash < hashes_.size(); ++hash)
    if (firsts_[hash] != hash || number_of_pictures_[hash] > 1) near_[firsts_[hash]] = true;
  const auto shown =
      VISIONSHARD_TRY(count_near_pairs(hashes_, number_of_pictures_, firsts_, keep_running_, found.report));
  number_of_pictures_ = {};
  return find_examples(shown, found);
}

RunResult<void> NearDuplicateSearch::find_examples(const std::vector<NearHashes>& shown,
                                                   NearDuplicatesFound& found) const {
  std::map<std::uint32_t, FirstPictures> pictures;
  for (const NearHashes& pair : shown) {
    pictures[pair.first];
    pictures[pair.second];
  }
  std::vector<bool> near_examples(pictures_.examples());
  auto done =
      pictures_.each([&](const PictureRecord& record, std::uint32_t example, std::uint32_t hash) -> RunResult<void> {
        if (!is_near(hash)) return {};
        near_examples[example] = true;
        if (const auto wanted = pictures.find(hash); wanted != pictures.end()) wanted->second.add(record);
        return {};
      });
  VISIONSHARD_TRY(std::move(done));
  found.report.near_examples = static_cast<std::uint64_t>(std::ranges::count(near_examples, true));
  for (const NearHashes& pair : shown) {
    const PicturePlace& a = pictures[pair.first].first();
    const PicturePlace& b = pair.first == pair.second ? pictures[pair.first].second() : pictures[pair.second].first();
    const bool in_order = std::pair(a.place, a.image) <= std::pair(b.place, b.image);
    found.pairs.push_back({pair.distance, in_order ? a : b, in_order ? b : a});
  }
  return {};
}

RunResult<void> NearDuplicateSearch::each_in_group(const Take& take) const {
  return pictures_.each([&](const PictureRecord&, std::uint32_t example, std::uint32_t hash) -> RunResult<void> {
    return is_near(hash) ? take(firsts_[hash], example) : RunResult<void>();
  });
}

RunResult<FileDigest> NearDuplicateSearch::drop(const std::string& path, NearDuplicatesFound& found) const {
  SortedRuns<NearRecord> in_order(path_ + ".near");
  auto sorted = pictures_.each([&](const PictureRecord& record, std::uint32_t, std::uint32_t hash) -> RunResult<void> {
    if (!is_near(hash)) return {};
    return in_order.add({record.place, record.line, record.key, hash, record.image});
  });
  VISIONSHARD_TRY(std::move(sorted));
  KeptHashes kept(hashes_, firsts_, [&](std::uint32_t hash) { return is_near(hash); });
  RecordWriter<std::uint64_t> places(path);
  std::vector<NearRecord> example;
  std::uint64_t records = 0;
  const auto end_example = [&]() -> RunResult<void> {
    const bool drops = std::ranges::any_of(example, [&](const NearRecord& picture) { return kept.has_near(picture); });
    if (drops) {
      const NearRecord& first = example.front();
      if (found.first_dropped.size() < max_first_rejects)
        found.first_dropped.push_back({first.place, first.line, first.image, 0});
      VISIONSHARD_TRY(places.add(first.place));
    } else {
      for (const NearRecord& picture : example) kept.keep(picture);
    }
    example.clear();
    return {};
  };
  auto merged = in_order.merge([&](const NearRecord& picture) -> RunResult<void> {
    if (++records % 64 == 0 && !keep_running_()) return interrupted();
    if (!example.empty() && example.front().place != picture.place) VISIONSHARD_TRY(end_example());
    example.push_back(picture);
    return {};
  });
  VISIONSHARD_TRY(std::move(merged));
  VISIONSHARD_TRY(end_example());
  return places.finish(Durability::none);
}

}  // namespace visionshard::distribute
