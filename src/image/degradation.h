// What may be lost of every image alike, to save bytes: dimensions that no model sees, then quality, then more
// dimensions.
#pragma once

#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <string>
#include <vector>

#include "image/fit.h"

namespace visionshard::image {

struct Degradation {
  std::uint64_t above_bytes = no_limit;  // of files with more bytes; no_limit: nothing is lost
  int max_quality = 100;
  double scale = 1;  // of size_in_tiles

  bool any() const noexcept { return above_bytes != no_limit; }
};

/// What `loss` asks of this image. Nothing where it asks nothing.
std::optional<Reduction> reduction_for(const codec::ImageInfo& info, std::uint64_t image_bytes, ImageDetail detail,
                                       const Degradation& loss) noexcept;

/// Memory for ReducedFits beside the line.
std::uint64_t reduced_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes, const ConversionPlan& plan,
                                 const Reduction& reduction) noexcept;

/// One image with and without reductions; what it is without is made once. Not thread-safe.
class ReducedFits {
 public:
  /// All of it must outlive the object.
  ReducedFits(ByteView bytes, const codec::ImageInfo& info, const ConversionPlan& plan, const Limits& limits,
              const ImageOptions& options)
      : bytes_(bytes), info_(info), plan_(plan), limits_(limits), options_(options) {}

  /// Carries the plan out, with the reduction where there is one and it makes the file smaller than it is without. The
  /// result holds until the next call. Faults: those of fit_image. Throws std::bad_alloc.
  ImageResult<const Fitted*> fit(const std::optional<Reduction>& reduction);

 private:
  ImageResult<const Fitted*> plain();

  ByteView bytes_;
  const codec::ImageInfo& info_;
  const ConversionPlan& plan_;
  const Limits& limits_;
  const ImageOptions& options_;
  std::optional<Fitted> plain_;
  Fitted reduced_;
};

/// The steps from no loss to the greatest: first ever smaller files are reduced to what a model sees, then quality goes
/// down to `min_quality`, then dimensions.
std::vector<Degradation> degradation_ladder(int min_quality);

/// "images of more than 1048576 bytes are reduced to what a model sees".
std::string described(const Degradation& loss);

}  // namespace visionshard::image
