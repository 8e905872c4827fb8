// Where the pixels come from: made up, or cut out of photographs.
#pragma once

#include <vector>

#include "codec/pixels.h"
#include "generate/random.h"

namespace visionshard::generate {

class PictureSource {
 public:
  /// Makes scenes up.
  PictureSource() = default;
  /// Cuts pieces out of RGB `photographs`, at least one.
  explicit PictureSource(std::vector<codec::Pixels> photographs) : photographs_(std::move(photographs)) {}

  /// RGB of an area from `min_pixels` to `max_pixels` at 4:3, 3:2, 1:1 or 3:4; smaller where a photograph is. Of a
  /// photograph in an exposure and a white balance of its own, one of 32,768, so that what one place gives differs too.
  /// Thread-safe. Throws std::bad_alloc.
  codec::Pixels crop(Random& random, std::uint32_t min_pixels, std::uint32_t max_pixels) const;

  /// RGB of exactly this size, before grain: a scene, or most of a photograph, toned as above. Thread-safe. Throws
  /// std::bad_alloc.
  codec::Pixels whole(Random& random, std::uint32_t width, std::uint32_t height) const;

 private:
  const codec::Pixels& any_photograph(Random& random) const;

  std::vector<codec::Pixels> photographs_;
};

}  // namespace visionshard::generate
