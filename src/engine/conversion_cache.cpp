#include "engine/conversion_cache.h"

namespace visionshard::engine {

SharedResult ConversionCache::find(const ImageKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.result;
}

ConversionCache::Claim ConversionCache::claim(const ImageKey& key, ImageWork work, SharedResult& found) {
  const std::lock_guard lock(mutex_);
  const auto [entry, inserted] = entries_.try_emplace(key);
  if (inserted) return Claim::owned;
  found = entry->second.result;
  if (found) return Claim::known;
  entry->second.waiting.push_back(work);
  return Claim::awaited;
}

std::vector<ImageWork> ConversionCache::publish(const ImageKey& key, const SharedResult& result) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  std::vector<ImageWork> waiting = std::move(entry->second.waiting);
  if (result && result->cost_bytes() <= budget_.bytes() / 2) {
    entry->second.result = result;
    entry->second.waiting = {};
    held_bytes_ += result->cost_bytes();
    while (held_bytes_ > budget_.bytes() / 2 && drop_one()) {
    }
  } else {
    entries_.erase(entry);
  }
  return waiting;
}

bool ConversionCache::make_room(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  while (!budget_.fits_image(bytes))
    if (!drop_one()) return false;
  return true;
}

// Drops the first entry that is not in use, starting at a random bucket.
bool ConversionCache::drop_one() {
  const std::size_t buckets = entries_.bucket_count();
  random_state_ = random_state_ * 6364136223846793005u + 1442695040888963407u;
  for (std::size_t i = 0; i < buckets; ++i) {
    const std::size_t bucket = ((random_state_ >> 33) + i) % buckets;
    for (auto it = entries_.begin(bucket); it != entries_.end(bucket); ++it) {
      if (!it->second.result || it->second.result.use_count() > 1) continue;
      held_bytes_ -= it->second.result->cost_bytes();
      entries_.erase(ImageKey(it->first));
      return true;
    }
  }
  return false;
}

}  // namespace visionshard::engine
