// The finest quantization that brings a JPEG under a number of bytes, found on a sample of its blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "codec/jpeg/scan.h"
#include "codec/jpeg/size_model.h"

namespace visionshard::image {

using Sample = std::vector<codec::SampledPlane>;
using Steps = std::vector<codec::QuantTable>;
using Written = codec::JpegScan::Written;

/// The count is right to about 1 %; aiming a little low saves the second try.
inline constexpr double size_aim = 0.99;

struct StepLimits {
  std::uint64_t max_bytes = 0;
  double min_quality = 60;
  double max_quality = 100;
};

/// The file that `write` makes with the finest steps that fit. A try that turns out over the limit corrects the
/// prediction for the next. `tries` is raised by the files written, to four at most. Nothing where not even the steps
/// of `min_quality` fit. Faults: those of `write`.
ImageResult<std::optional<Bytes>> finest_that_fits(const Sample& sample, const StepLimits& limits, unsigned& tries,
                                                   const std::function<ImageResult<Written>(const Steps&)>& write);

}  // namespace visionshard::image
