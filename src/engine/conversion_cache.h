// An image value that stands on many lines, as in few-shot prefixes, is converted once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/xxh128.h"
#include "engine/budget.h"
#include "image/conversion.h"
#include "line/batch.h"

namespace visionshard::pipeline {

/// What became of an image's bytes, whichever lines they stand on. Immutable once shared.
struct ConvertedImage {
  Bytes text;  // the value's new inside: "data:image/png;base64,..."
  image::Conversions conversions;
  bool shrunk = false;
  bool unchanged = false;  // the image's bytes are those that came
  unsigned tries = 0;
  double psnr_db = 0;
  ImageFacts became;
  std::optional<Reduced> reduced;          // where it was
  std::vector<std::uint64_t> level_chars;  // with LineContext::levels: the value's length at each; no text then
  std::optional<ImageFault> fault;         // where it cannot be converted; nothing else counts then
};

using SharedConversion = std::shared_ptr<const ConvertedImage>;

/// Charges the text to `budget` for as long as anybody holds it.
SharedConversion shared_conversion(ConvertedImage&& image, Budget& budget);

/// Results by a hash of the image's bytes that is keyed with a secret of the run, since whoever can make two images
/// collide could swap them: SHA-256 of a gray JPEG took nine times as long as its conversion. Holds at most half
/// the budget and gives way to work that needs it. Which entry goes is drawn, not least recently used, since a corpus
/// read in epochs would then never find anything. Thread-safe.
class ConversionCache {
 public:
  using Key = ImageKey;

  explicit ConversionCache(Budget& budget) : budget_(budget) {}

  Key key_of(ByteView image) const noexcept { return {hash_(image), image.size()}; }

  /// The result, where it is there already.
  SharedConversion find(const Key& key);

  enum class Claim { known, awaited, owned };
  /// known: `found` is the result. awaited: another thread is at it, and whoever publishes it settles `work`, which the
  /// caller must not touch any more. owned: the caller converts, and publishes whatever happens.
  Claim claim(const Key& key, ImageWork work, SharedConversion& found);

  /// Hands the result in (nullptr where there is none) and returns the work that waited for it.
  std::vector<ImageWork> publish(const Key& key, const SharedConversion& result);

  /// Lets entries go that nobody holds until `bytes` fit into the budget. False where they do not.
  bool make_room(std::uint64_t bytes);

 private:
  struct Entry {
    SharedConversion result;  // nullptr: being converted
    std::vector<ImageWork> waiting;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return key.hash[0]; }
  };

  bool drop_one();

  Budget& budget_;
  const KeyedHash hash_;
  std::mutex mutex_;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t draw_ = 1;
};

}  // namespace visionshard::pipeline
