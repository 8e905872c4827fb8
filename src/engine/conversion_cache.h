// An image that occurs on many lines, as in few-shot prefixes, is converted once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/xxh128.h"
#include "engine/batch.h"
#include "engine/budget.h"

namespace visionshard::engine {

/// The result of converting an image's bytes, shared by all lines with these bytes; a processor derives its own class.
/// Charged to the budget as long as it exists. Immutable once shared.
class ConversionResult {
 public:
  /// `bytes`: memory that it owns besides the object itself. `budget` must outlive it.
  ConversionResult(std::uint64_t bytes, Budget& budget) noexcept : cost_bytes_(bytes + entry_bytes), budget_(budget) {
    budget_.reserve_image(cost_bytes_);
  }
  ConversionResult(const ConversionResult&) = delete;
  ConversionResult& operator=(const ConversionResult&) = delete;
  virtual ~ConversionResult() { budget_.release_image(cost_bytes_); }

  std::uint64_t cost_bytes() const noexcept { return cost_bytes_; }

 private:
  // The entry in the cache, its key and the control block.
  static constexpr std::uint64_t entry_bytes = 256;

  std::uint64_t cost_bytes_;
  Budget& budget_;
};

using SharedResult = std::shared_ptr<const ConversionResult>;

/// Results by a hash of the image's bytes. The hash is keyed with a secret of the run, so that nobody can prepare two
/// images that collide and are swapped; SHA-256 of a gray JPEG took nine times as long as its conversion. Holds at most
/// half the budget, and entries are dropped when conversions need the memory. The entry to drop is chosen at random:
/// with least recently used, a corpus that repeats its images in epochs would never find one. Thread-safe.
class ConversionCache {
 public:
  explicit ConversionCache(Budget& budget) : budget_(budget) {}

  ImageKey key_of(ByteView image, std::uint32_t variant = 0) const noexcept {
    return {hash_(image), image.size(), variant};
  }

  /// The result, or nullptr where there is none yet.
  SharedResult find(const ImageKey& key);

  enum class Claim { known, awaited, owned };
  /// known: `found` is the result. awaited: another thread converts the image and will apply the result to `work`,
  /// which the caller must not touch any more. owned: the caller must convert the image, and call publish() even if it
  /// fails.
  Claim claim(const ImageKey& key, ImageWork work, SharedResult& found);

  /// Stores the result (nullptr where the conversion failed) and returns the work that waited for it.
  std::vector<ImageWork> publish(const ImageKey& key, const SharedResult& result);

  /// Drops entries that are not in use until `bytes` fit into the budget. Returns whether they fit.
  bool make_room(std::uint64_t bytes);

 private:
  struct Entry {
    SharedResult result;  // nullptr: being converted
    std::vector<ImageWork> waiting;
  };
  struct KeyHash {
    std::size_t operator()(const ImageKey& key) const noexcept { return key.hash[0]; }
  };

  bool drop_one();

  Budget& budget_;
  const KeyedHash hash_;
  std::mutex mutex_;
  std::unordered_map<ImageKey, Entry, KeyHash> entries_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t random_state_ = 1;
};

}  // namespace visionshard::engine
