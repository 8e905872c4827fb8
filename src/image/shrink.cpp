// Sizes are predicted from a sample of the rows, about a twelfth of the picture, so that the search costs less than one
// encode: for a JPEG one encode of the sample, whose coefficients are then counted (scale_search), for a WebP one at
// each quality asked for. The whole is then encoded as the sample says, and what it really took corrects the prediction
// for a second attempt where one is needed.
#include "image/shrink.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/portable_math.h"
#include "codec/jpeg/jpeg.h"
#include "codec/png/png.h"
#include "codec/webp/predicted_alpha.h"
#include "codec/webp/webp.h"
#include "image/scale_search.h"

namespace visionshard::image {
namespace {

using codec::ChromaSampling;
using codec::Format;
using codec::Pixels;
using codec::RowFilters;

constexpr int best_quality = 95;
constexpr unsigned max_encodes = 4;
// Predictions are good to about 1 %; aiming a little low saves the second encode.
constexpr double aim = 0.985;
constexpr double hopeless = 1.05;
constexpr double near_enough = 0.95;
// Of the limit: above it a few more steps of quality are not worth another encode.
constexpr double good_use = 0.9;
constexpr std::uint32_t min_side = 16;
constexpr int lossless_level = 4;
// Above it two seconds would be exceeded.
constexpr std::uint64_t max_usual_webp_pixels = 16'000'000;

// libdeflate's levels, cheapest first. The worst bytes found, random ones of two to four values, take 8, 18, 22 and 84
// ns each at levels 1, 3, 4 and 6, and smooth pictures with a little noise 3, 4, 5 and 9. Up to level 4 what comes out
// bounds the time better than what goes in: 80 ns a byte of it. Level 6 is for pictures whose worst is two seconds.
struct LosslessLevel {
  int level;
  std::size_t max_sample_bytes;
};
constexpr LosslessLevel lossless_levels[] = {{1, SIZE_MAX}, {3, SIZE_MAX}, {4, SIZE_MAX}, {6, 24'000'000}};

// What other filters and levels 3 to 6 make at best of what the first three filters made at level 1.
constexpr double max_gain = 0.8;
// A sample of rows is not the whole.
constexpr double png_aim = 0.97;

// A `share`th of the picture, and no more than of max_usual_webp_pixels: three samples are common.
Pixels search_sample(const Pixels& pixels, std::uint32_t share = 12) {
  const std::uint64_t all = std::uint64_t{pixels.width} * pixels.height;
  const std::uint64_t rows = pixels.height * std::min(all, max_usual_webp_pixels) / all;
  return codec::row_sample(pixels, std::max(8u, static_cast<std::uint32_t>(rows) / (16 * share)));
}

using Encode = std::function<ImageResult<Bytes>(const Pixels&, int quality)>;

class QualitySearch {
 public:
  QualitySearch(const Pixels& pixels, std::uint64_t limit_bytes, Encode encode)
      : pixels_(pixels),
        limit_(static_cast<double>(limit_bytes)),
        encode_(std::move(encode)),
        sample_(search_sample(pixels)) {
    predicted_.fill(0);
  }

  // The highest quality from `low` to `high` that fits; nothing where not even `low` does.
  ImageResult<std::optional<Bytes>> run(int low, int high) {
    std::optional<Bytes> best;
    int best_quality_so_far = low - 1;
    int too_high = high + 1;
    while (encodes_ < max_encodes && best_quality_so_far + 1 < too_high) {
      auto quality = VISIONSHARD_TRY(predict(best_quality_so_far + 1, too_high - 1));
      // After a fit, another attempt is worth it only where the prediction names something better.
      if (best && quality <= best_quality_so_far) break;
      const int q = std::max(quality, best_quality_so_far + 1);
      if (!best && predicted_[static_cast<std::size_t>(q)] * correction_ > limit_ * hopeless) break;
      auto encoded = VISIONSHARD_TRY(encode_(pixels_, q));
      ++encodes_;
      correction_ = static_cast<double>(encoded.size()) / std::max(predicted_[static_cast<std::size_t>(q)], 1.0);
      if (static_cast<double>(encoded.size()) <= limit_) {
        best = std::move(encoded);
        best_quality_so_far = q;
        if (static_cast<double>(best->size()) > limit_ * good_use) break;
      } else {
        too_high = q;
      }
    }
    return best;
  }

  unsigned encodes() const noexcept { return encodes_; }

 private:
  ImageResult<double> predicted(int quality) {
    double& known = predicted_[static_cast<std::size_t>(quality)];
    if (known == 0) {
      auto encoded = VISIONSHARD_TRY(encode_(sample_, quality));
      known = static_cast<double>(encoded.size()) * pixels_.height / sample_.height;
    }
    return known;
  }

  // The highest quality whose corrected prediction is within the aim; low - 1 where there is none.
  ImageResult<int> predict(int low, int high) {
    const double most = limit_ * aim / correction_;
    // First the highest quality: most images that are over the limit as PNG are far under it as JPEG. Then the lowest,
    // which shows whether any quality brings the image under the limit.
    auto large = VISIONSHARD_TRY(predicted(high));
    if (large <= most) return high;
    auto small = VISIONSHARD_TRY(predicted(low));
    if (small > most) return low - 1;
    // Each step of quality adds about the same share, and halving ends what that does not. A size near enough is as
    // good as the next quality's.
    for (unsigned step = 0; high - low > 1 && small < most * near_enough; ++step) {
      const double part = step > 2 ? 0.5 : portable_log(most / small) / portable_log(large / small);
      const int middle = std::clamp(low + static_cast<int>(part * (high - low)), low + 1, high - 1);
      auto size = VISIONSHARD_TRY(predicted(middle));
      (size <= most ? low : high) = middle;
      (size <= most ? small : large) = size;
    }
    return low;
  }

  const Pixels& pixels_;
  double limit_;
  Encode encode_;
  Pixels sample_;
  std::array<double, 101> predicted_;
  double correction_ = 1;
  unsigned encodes_ = 0;
};

// Encodes smaller and smaller pictures, starting from the size of the full one.
ImageResult<std::optional<Bytes>> smaller_dimensions(const Pixels& pixels, std::uint64_t limit_bytes, int quality,
                                                     const Encode& encode) {
  const Pixels sample = search_sample(pixels);
  auto sampled = VISIONSHARD_TRY(encode(sample, quality));
  const double full = static_cast<double>(sampled.size()) * pixels.height / sample.height;
  double scale = std::min(1.0, std::sqrt(static_cast<double>(limit_bytes) * 0.95 / full));
  const std::uint32_t floor_width = std::min(min_side, pixels.width);
  const std::uint32_t floor_height = std::min(min_side, pixels.height);
  for (;;) {
    const auto width = std::clamp(static_cast<std::uint32_t>(std::lround(pixels.width * scale)), 1u, pixels.width);
    const auto height = std::clamp(static_cast<std::uint32_t>(std::lround(pixels.height * scale)), 1u, pixels.height);
    if (width < floor_width || height < floor_height) return std::optional<Bytes>();
    auto encoded = VISIONSHARD_TRY(encode(codec::resized(pixels, width, height), quality));
    if (encoded.size() <= limit_bytes) return std::optional(std::move(encoded));
    if (width == floor_width && height == floor_height) return std::optional<Bytes>();
    const double ratio = static_cast<double>(limit_bytes) / static_cast<double>(encoded.size());
    scale *= std::min(0.97, std::sqrt(ratio) * 0.98);
  }
}

// Whether of a sample the coder that only predicts makes about what libwebp makes, in a tenth of the time.
ImageResult<bool> prediction_suffices(const Pixels& pixels, int method) {
  const Pixels sample = search_sample(pixels, 48);
  const auto by_libwebp = VISIONSHARD_TRY(codec::encode_webp_alpha(sample, method));
  return codec::predicted_webp_alpha(sample).size() * 100 <= by_libwebp.size() * 102;
}

// Colors alone where alpha is opaque: then it has no data.
ImageResult<Bytes> joined(Bytes colors, const Bytes& alpha) {
  if (alpha.size() == 0) return colors;
  const auto structure = VISIONSHARD_TRY(codec::read_webp_structure(colors));
  return codec::webp_with_alpha(colors, structure, alpha);
}

double predicted_png_bytes(const Pixels& pixels, const Pixels& sample, const codec::PngCoding& coding) {
  return static_cast<double>(codec::png_data_bytes(sample, coding)) * pixels.height / sample.height;
}

// The smallest of some filters by the cheapest level.
std::pair<double, RowFilters> best_filters(const Pixels& pixels, const Pixels& sample,
                                           std::initializer_list<RowFilters> all) {
  std::pair<double, RowFilters> best{HUGE_VAL, RowFilters::none};
  for (const RowFilters filters : all)
    best = std::min(best, {predicted_png_bytes(pixels, sample, {filters, 1}), filters});
  return best;
}

constexpr std::initializer_list<RowFilters> first_filters = {RowFilters::sub, RowFilters::none, RowFilters::min_sum};

// Strips of a narrow picture are as high as DEFLATE looks back twice, so that they show what repeats in it.
Pixels few_rows(const Pixels& pixels, std::uint32_t strips, std::uint32_t rows) {
  constexpr std::size_t twice_the_window = 64 << 10;
  return codec::row_sample(pixels, strips,
                           std::max(rows, static_cast<std::uint32_t>(twice_the_window / pixels.stride())));
}
Pixels few_rows(const Pixels& pixels) { return few_rows(pixels, 8, 6); }

}  // namespace

bool fits_no_png(const Pixels& pixels, std::uint64_t limit_bytes) {
  const auto limit = static_cast<double>(limit_bytes);
  // What needs no compression need not be asked about.
  if (static_cast<double>(pixels.data.size()) <= limit) return false;
  return best_filters(pixels, few_rows(pixels), first_filters).first * max_gain > limit;
}

std::optional<Bytes> smaller_png(Pixels& pixels, std::uint64_t limit_bytes, ByteView chunks) {
  if (chunks.size() >= limit_bytes) return std::nullopt;
  const auto room = static_cast<double>(limit_bytes - chunks.size());
  const Pixels few = few_rows(pixels);
  auto best = best_filters(pixels, few, first_filters);
  if (best.first * max_gain > room) return std::nullopt;
  best = std::min(best, best_filters(pixels, few, {RowFilters::up, RowFilters::paeth}));
  const RowFilters filters = best.second;
  const Pixels sample = few_rows(pixels, 16, 8);
  double bytes = HUGE_VAL;
  for (const LosslessLevel& next : lossless_levels) {
    if (pixels.data.size() > next.max_sample_bytes) break;
    bytes = std::min(bytes, predicted_png_bytes(pixels, sample, {filters, next.level}));
    if (bytes > room * png_aim) continue;
    return codec::encode_png_in_place(pixels, {filters, next.level}, chunks, limit_bytes);
  }
  return std::nullopt;
}

ImageResult<std::optional<Shrunk>> shrink(Pixels pixels, const ShrinkSource& source, const Limits& limits,
                                          const ImageOptions& options) {
  const std::uint64_t limit = limits.max_image_bytes;
  const bool opaque = codec::is_opaque(pixels);
  if (opaque && pixels.channels == 4) pixels = codec::without_alpha(pixels);
  Encode encode;
  Format format = Format::jpeg;
  const std::uint32_t max_side = opaque ? codec::jpeg_max_side : limits.webp ? codec::webp_max_side : UINT32_MAX;
  const bool too_long = std::max(pixels.width, pixels.height) > max_side;
  if (too_long) {
    if (!source.may_resize) return std::optional<Shrunk>();
    const double scale = static_cast<double>(max_side) / std::max(pixels.width, pixels.height);
    const auto scaled = [&](std::uint32_t side) { return std::max(static_cast<std::uint32_t>(side * scale), 1u); };
    pixels = codec::resized(pixels, scaled(pixels.width), scaled(pixels.height));
  }
  const auto finished = [&](Shrunk result) {
    if (too_long) result.how = Conversion::shrunk_dimensions;
    return std::optional(std::move(result));
  };
  if (opaque) {
    const bool from_jpeg = source.format == Format::jpeg;
    const ChromaSampling first = from_jpeg ? source.jpeg.sampling : ChromaSampling::full;
    const double high = std::max(from_jpeg ? source.jpeg.quality : best_quality, options.min_quality);
    unsigned tries = 0;
    for (const ChromaSampling sampling : {ChromaSampling::full, ChromaSampling::half_width, ChromaSampling::half}) {
      if (sampling < first) continue;
      const auto sample = VISIONSHARD_TRY(codec::sampled_planes(pixels, sampling));
      const auto write = [&](const Steps& steps) -> ImageResult<Written> {
        auto file = VISIONSHARD_TRY(codec::encode_jpeg(pixels, sampling, sample, steps));
        const auto bytes = file.size();
        return Written{bytes <= limit ? std::move(file) : Bytes(), static_cast<double>(bytes)};
      };
      auto found = VISIONSHARD_TRY(
          finest_that_fits(sample, {limit, static_cast<double>(options.min_quality), high}, tries, write));
      if (found) return finished({format, std::move(*found), Conversion::shrunk_quality, tries});
    }
    encode = [](const Pixels& p, int quality) { return codec::encode_jpeg(p, quality, ChromaSampling::half); };
  } else if (limits.webp) {
    format = Format::webp;
    const bool large = std::uint64_t{pixels.width} * pixels.height > max_usual_webp_pixels;
    const int method = large ? codec::fast_webp_method : codec::usual_webp_method;
    const bool predicts = VISIONSHARD_TRY(prediction_suffices(pixels, method));
    const auto encode_alpha = [=](const Pixels& p) -> ImageResult<Bytes> {
      return predicts ? codec::predicted_webp_alpha(p) : codec::encode_webp_alpha(p, method);
    };
    encode = [=](const Pixels& p, int quality) -> ImageResult<Bytes> {
      Bytes colors = VISIONSHARD_TRY(codec::encode_webp_colors(p, quality, method));
      const Bytes alpha = VISIONSHARD_TRY(encode_alpha(p));
      return joined(std::move(colors), alpha);
    };
    // Alpha is the same at each quality.
    const Bytes alpha = VISIONSHARD_TRY(encode_alpha(pixels));
    const std::uint64_t alpha_bytes = codec::webp_alpha_bytes(alpha);
    if (alpha_bytes < limit) {
      QualitySearch search(pixels, limit - alpha_bytes,
                           [=](const Pixels& p, int quality) { return codec::encode_webp_colors(p, quality, method); });
      auto colors = VISIONSHARD_TRY(search.run(options.min_quality, best_quality));
      if (colors) {
        Bytes file = VISIONSHARD_TRY(joined(std::move(*colors), alpha));
        return finished({format, std::move(file), Conversion::shrunk_quality, search.encodes()});
      }
    }
  } else {
    format = Format::png;
    encode = [](const Pixels& p, int) -> ImageResult<Bytes> { return codec::encode_png(p, lossless_level); };
  }
  if (!source.may_resize) return std::optional<Shrunk>();
  // A smaller picture at good quality looks better than a larger one at the lowest quality allowed.
  const int quality = std::max(options.min_quality, 75);
  auto smaller = VISIONSHARD_TRY(smaller_dimensions(pixels, limit, quality, encode));
  if (smaller) return finished({format, std::move(*smaller), Conversion::shrunk_dimensions, 0});
  return image_fault(FaultCode::cannot_fit,
                     fmt::format("the {} x {} image cannot be brought under {} bytes, not even at {} pixels a side",
                                 pixels.width, pixels.height, limit, min_side));
}

}  // namespace visionshard::image
