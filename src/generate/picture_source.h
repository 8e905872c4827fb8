// The source of pixels: synthetic pictures, or cut out of photographs.
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

  /// Returns an RGB picture of `min_pixels` to `max_pixels` at 4:3, 3:2, 1:1 or 3:4; smaller if the photograph is
  /// smaller. A cut of a photograph gets one of 32,768 exposures and white balances, so that two cuts of one place
  /// differ. Thread-safe. Throws std::bad_alloc.
  codec::Pixels crop(Random& random, std::uint32_t min_pixels, std::uint32_t max_pixels) const;

  /// RGB of exactly this size, before grain: a scene, or most of a photograph, toned as above. Thread-safe. Throws
  /// std::bad_alloc.
  codec::Pixels whole(Random& random, std::uint32_t width, std::uint32_t height) const;

 private:
  const codec::Pixels& any_photograph(Random& random) const;

  std::vector<codec::Pixels> photographs_;
};

}  // namespace visionshard::generate
