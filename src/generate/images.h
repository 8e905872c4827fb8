// The images of the current lines, as text to be written.
#pragma once

#include <atomic>
#include <compare>
#include <map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "generate/recipe.h"

namespace visionshard::generate {

struct ImageRef {
  Group group;
  std::uint64_t index;

  friend auto operator<=>(const ImageRef&, const ImageRef&) = default;
};

class Images {
 public:
  Images(std::uint64_t seed, bool all_differ, const PictureSource& source)
      : seed_(seed), all_differ_(all_differ), source_(source) {}

  /// Makes the images of `wanted` that do not exist yet. Each depends only on seed, group and index; if all have to
  /// differ, also on those made before it, in the order of `wanted`. If `stop` was set, some may be missing afterwards.
  /// Throws std::bad_alloc.
  RunResult<void> make(const std::vector<ImageRef>& wanted, unsigned threads, const std::atomic<bool>& stop);

  /// The whole data URL.
  ByteView url_of(const ImageRef& ref) const { return urls_.at(ref).text; }

  /// Forgets the images, but not that they were there.
  void clear() { urls_.clear(); }

 private:
  struct Url {
    Bytes text;
    std::uint64_t file_key = 0;  // equal for equal files
  };

  ImageResult<Url> made(const ImageRef& ref, std::uint64_t attempt) const;
  RunResult<void> replace_repeated(const std::vector<ImageRef>& missing);

  std::uint64_t seed_;
  bool all_differ_;
  const PictureSource& source_;
  std::map<ImageRef, Url> urls_;
  std::unordered_set<std::uint64_t> seen_keys_;
};

}  // namespace visionshard::generate
