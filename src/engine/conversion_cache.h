// An image that stands on many lines, as in few-shot prefixes, is converted once.
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

/// What became of an image's bytes, whichever lines they stand on; a processor derives its own. Charged to the budget
/// for as long as anybody holds it. Immutable once shared.
class ConversionResult {
 public:
  /// `bytes`: what it holds beside itself. `budget` must outlive it.
  ConversionResult(std::uint64_t bytes, Budget& budget) noexcept : cost_bytes_(bytes + entry_bytes), budget_(budget) {
    budget_.take_image(cost_bytes_);
  }
  ConversionResult(const ConversionResult&) = delete;
  ConversionResult& operator=(const ConversionResult&) = delete;
  virtual ~ConversionResult() { budget_.give_image(cost_bytes_); }

  std::uint64_t cost_bytes() const noexcept { return cost_bytes_; }

 private:
  // The cache's entry, its key and the control block.
  static constexpr std::uint64_t entry_bytes = 256;

  std::uint64_t cost_bytes_;
  Budget& budget_;
};

using SharedResult = std::shared_ptr<const ConversionResult>;

/// Results by a hash of the image's bytes that is keyed with a secret of the run, since whoever can make two images
/// collide could swap them: SHA-256 of a gray JPEG took nine times as long as its conversion. Holds at most half
/// the budget and gives way to work that needs it. Which entry goes is drawn, not least recently used, since a corpus
/// read in epochs would then never find anything. Thread-safe.
class ConversionCache {
 public:
  explicit ConversionCache(Budget& budget) : budget_(budget) {}

  ImageKey key_of(ByteView image, std::uint32_t variant = 0) const noexcept {
    return {hash_(image), image.size(), variant};
  }

  /// The result, where it is there already.
  SharedResult find(const ImageKey& key);

  enum class Claim { known, awaited, owned };
  /// known: `found` is the result. awaited: another thread converts it, and whoever publishes it applies it to `work`,
  /// which the caller must not touch any more. owned: the caller converts, and publishes whatever happens.
  Claim claim(const ImageKey& key, ImageWork work, SharedResult& found);

  /// Hands the result in (nullptr where there is none) and returns the work that waited for it.
  std::vector<ImageWork> publish(const ImageKey& key, const SharedResult& result);

  /// Lets entries go that nobody holds until `bytes` fit into the budget. False where they do not.
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
  std::uint64_t draw_ = 1;
};

}  // namespace visionshard::engine
