#include "image/fit.h"

#include <algorithm>
#include <optional>

#include "codec/icc.h"
#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/structure.h"
#include "codec/jpeg_xl.h"
#include "codec/png/png.h"
#include "codec/webp/webp.h"
#include "image/decode.h"
#include "image/lossless.h"
#include "image/measure.h"
#include "image/need_bytes.h"
#include "image/requantize.h"
#include "image/shrink.h"

namespace visionshard::image {
namespace {

using codec::Format;
using codec::Pixels;

// What is not a byte a pixel. bench/micro/image_bench on a 0.8-megapixel crop of a photograph, RGB: libdeflate's level
// 1 31 MP/s and 1.22 MB, 2 18 and 1.16, 3 16 and 1.16, 6 11 and 1.15; libpng's 1 10 and 1.29, 6 and 9 1.9 and 1.14.
constexpr int png_level = 2;

// Below 80 the artifacts of a second encoding add up; above 95 bytes are spent on nothing that can be seen.
constexpr int jpeg_quality_low = 80, jpeg_quality_high = 95;

// A WebP does not record its quality. With half of the pixels, quality 95 made most files larger than the original.
constexpr int reduced_webp_quality = 85;

// Encodes a picture of any source format with loss.
ImageResult<Bytes> encode_with_loss(const Decoded& decoded, Format& format, const Limits& limits, int max_quality) {
  const Pixels& pixels = decoded.pixels;
  if (codec::is_opaque(pixels)) {
    const bool from_jpeg = format == Format::jpeg;
    format = Format::jpeg;
    const Pixels rgb = pixels.channels == 4 ? codec::without_alpha(pixels) : Pixels();
    return codec::encode_jpeg(rgb.width > 0 ? rgb : pixels,
                              from_jpeg ? std::min(decoded.jpeg.quality, max_quality) : max_quality,
                              from_jpeg ? decoded.jpeg.sampling : codec::ChromaSampling::half);
  }
  const bool webp = limits.webp && std::max(pixels.width, pixels.height) <= codec::webp_max_side;
  format = webp ? Format::webp : Format::png;
  return webp ? codec::encode_webp(pixels, max_quality) : codec::encode_png(pixels, png_level);
}

// In the source's own format, or the nearest one that the profile accepts.
ImageResult<Bytes> encode_alike(const Decoded& decoded, Format& format, const Limits& limits, int webp_quality) {
  if (format == Format::jpeg)
    return codec::encode_jpeg(decoded.pixels, std::clamp(decoded.jpeg.quality, jpeg_quality_low, jpeg_quality_high),
                              decoded.jpeg.sampling);
  const bool fits_webp = std::max(decoded.pixels.width, decoded.pixels.height) <= codec::webp_max_side;
  if (format == Format::webp && limits.webp && fits_webp)
    return decoded.lossless_webp ? codec::encode_webp_lossless(decoded.pixels)
                                 : codec::encode_webp(decoded.pixels, webp_quality);
  const bool fits_jpeg = std::max(decoded.pixels.width, decoded.pixels.height) <= codec::jpeg_max_side;
  if (decoded.jpeg_inside && fits_jpeg && codec::is_opaque(decoded.pixels)) {
    format = Format::jpeg;
    const Pixels rgb = decoded.pixels.channels == 4 ? codec::without_alpha(decoded.pixels) : Pixels();
    return codec::encode_jpeg(rgb.width > 0 ? rgb : decoded.pixels, jpeg_quality_high, decoded.jpeg.sampling);
  }
  format = Format::png;
  return codec::encode_png(decoded.pixels, png_level, decoded.png_chunks);
}

// Converts an upright gray or palette PNG to RGB(A) with one byte a pixel in all steps. Returns nothing for another
// kind of file, or if the result is too large.
std::optional<Bytes> widened_png(ByteView bytes, const codec::ImageInfo& info, const Limits& limits,
                                 Conversions& conversions) {
  if (info.format != Format::png || info.orientation != 1) return std::nullopt;
  const auto structure = codec::read_png_structure(bytes);
  if (!structure) return std::nullopt;
  const auto picture = codec::decode_png_symbols(bytes, *structure);
  if (!picture) return std::nullopt;
  bool dropped_profile = false;
  const Bytes chunks =
      codec::color_chunks(bytes, *structure, info.model != codec::ColorModel::palette, dropped_profile);
  Bytes file = codec::encode_png(*picture, chunks);
  if (file.size() > limits.max_image_bytes) return std::nullopt;
  if (dropped_profile) conversions.add(Conversion::profile_dropped);
  return file;
}

// Fits a file over the limit without decoding it. Returns nothing if it has to be decoded.
ImageResult<std::optional<Bytes>> shrink_file(ByteView file, Fitted& fitted, const Limits& limits,
                                              const ImageOptions& options) {
  const auto shrunk = [&](Bytes bytes, Conversion how) {
    fitted.conversions.add(how);
    fitted.shrunk = true;
    return std::optional(std::move(bytes));
  };
  auto bare = VISIONSHARD_TRY(without_metadata(file, fitted.format, limits.max_image_bytes));
  if (bare) return shrunk(std::move(*bare), Conversion::shrunk_metadata);
  if (fitted.format != Format::jpeg) return std::optional<Bytes>();
  const auto structure = VISIONSHARD_TRY(codec::read_jpeg_structure(file));
  const Bytes profile = codec::jpeg_icc_profile(file, structure);
  const codec::ProfileUse use = codec::use_of_profile(profile);
  auto recoded = VISIONSHARD_TRY(
      recoded_jpeg(file, structure, profile,
                   {limits.max_image_bytes, options.min_quality, use != codec::ProfileUse::converted}, fitted.tries));
  if (!recoded) return std::optional<Bytes>();
  if (use == codec::ProfileUse::ignored && recoded->how == Conversion::shrunk_quality)
    fitted.conversions.add(Conversion::profile_ignored);
  return shrunk(std::move(recoded->bytes), recoded->how);
}

// All conversions without pixels, including fitting under the limit.
ImageResult<std::optional<Bytes>> fit_file(ByteView bytes, const codec::ImageInfo& info, Fitted& fitted,
                                           const Limits& limits, const ImageOptions& options) {
  if (!fitted.conversions.any()) return shrink_file(bytes.first(info.end), fitted, limits, options);
  auto rewritten = rewritten_losslessly(bytes, info, fitted.conversions);
  if (!rewritten || !*rewritten || (*rewritten)->size() <= limits.max_image_bytes) return rewritten;
  return shrink_file(**rewritten, fitted, limits, options);
}

// To sRGB first: resampling treats the fourth channel as alpha, not ink.
void reduce(Decoded& decoded, const codec::ImageInfo& info, const Reduction& reduction, Conversions& conversions) {
  make_srgb(decoded, info, conversions);
  // A HEIF image can come out smaller than its header says.
  const ImageSize size{std::min(reduction.size.width, std::max(decoded.pixels.width, 1u)),
                       std::min(reduction.size.height, std::max(decoded.pixels.height, 1u))};
  if (size != ImageSize{info.width, info.height}) conversions.add(Conversion::fit_model);
  if (reduction.max_quality < 100) conversions.add(Conversion::shrunk_quality);
  if (size != ImageSize{decoded.pixels.width, decoded.pixels.height})
    decoded.pixels = codec::resized(decoded.pixels, size.width, size.height);
}

ImageResult<Fitted> carry_out(ByteView bytes, const codec::ImageInfo& info, const ConversionPlan& plan,
                              const Limits& limits, const ImageOptions& options) {
  Fitted fitted;
  fitted.format = info.format;
  fitted.conversions = plan.conversions;
  // What is over the limit is better made smaller as YCbCr than as RGB.
  const bool may_drop_black = plan.conversions.has(Conversion::jpeg_cmyk) && !plan.over_limit && !plan.reduction;
  if (!plan.needs_pixels || may_drop_black) {
    auto file = VISIONSHARD_TRY(fit_file(bytes, info, fitted, limits, options));
    if (file) {
      if (options.verify == Verify::pixels) VISIONSHARD_TRY(verify_pixels(bytes, info));
      fitted.bytes = std::move(*file);
      return fitted;
    }
    fitted.conversions = plan.conversions;
    fitted.needs_max = !plan.has_max && info.format == Format::jpeg;
    if (fitted.needs_max) return fitted;
  }
  if (!plan.over_limit && !plan.reduction)
    if (auto png = widened_png(bytes, info, limits, fitted.conversions)) {
      fitted.bytes = std::move(*png);
      return fitted;
    }
  auto decoded =
      VISIONSHARD_TRY(decode(bytes, info, plan.reduction ? std::optional(plan.reduction->size) : std::nullopt));
  if (plan.reduction) reduce(decoded, info, *plan.reduction, fitted.conversions);
  fitted.reduced = plan.reduction.has_value();
  // Also with --orient keep: the metadata with the orientation is not kept.
  if (info.orientation != 1) {
    fitted.conversions.add(Conversion::orientation);
    decoded.pixels = codec::oriented(std::move(decoded.pixels), info.orientation);
  }
  // A PNG made of a PNG keeps its samples and the chunks that say what they mean, unless 16-bit color samples are
  // scaled to 8 bits and there is a profile.
  if (!plan.reduction &&
      (info.format != Format::png || (info.bit_depth == 16 && !decoded.profile.empty() && !has_gray_to_keep(info))))
    make_srgb(decoded, info, fitted.conversions);
  if (decoded.dropped_profile) fitted.conversions.add(Conversion::profile_dropped);
  // An image that was small enough most often stays so; one over the limit goes to the search at once, and so does one
  // of a format that packs better or not at all.
  const bool other_format =
      info.format == Format::webp ? !limits.webp : info.format != Format::png && info.format != Format::jpeg;
  const bool too_large =
      other_format && !plan.reduction && !decoded.jpeg_inside && fits_no_png(decoded.pixels, limits.max_image_bytes);
  if ((!plan.over_limit && !too_large) || plan.reduction) {
    const int max_quality = plan.reduction ? plan.reduction->max_quality : 100;
    auto encoded =
        VISIONSHARD_TRY(max_quality < 100 ? encode_with_loss(decoded, fitted.format, limits, max_quality)
                                          : encode_alike(decoded, fitted.format, limits,
                                                         plan.reduction ? reduced_webp_quality : jpeg_quality_high));
    if (encoded.size() <= limits.max_image_bytes) {
      fitted.bytes = std::move(encoded);
      fitted.shrunk = plan.over_limit || max_quality < 100;
      return fitted;
    }
  }
  if (info.format == Format::png) {
    if (auto png = smaller_png(decoded.pixels, limits.max_image_bytes, decoded.png_chunks)) {
      fitted.bytes = std::move(*png);
      fitted.conversions.add(Conversion::shrunk_lossless);
      fitted.shrunk = true;
      ++fitted.tries;
      return fitted;
    }
    make_srgb(decoded, info, fitted.conversions);
  }
  const ShrinkSource source{info.format, decoded.jpeg, plan.has_max};
  auto shrunk = VISIONSHARD_TRY(shrink(std::move(decoded.pixels), source, limits, options));
  fitted.needs_max = !shrunk;
  if (fitted.needs_max) return fitted;
  fitted.format = shrunk->format;
  fitted.bytes = std::move(shrunk->bytes);
  fitted.conversions.add(shrunk->how);
  fitted.shrunk = true;
  fitted.tries += shrunk->encodes;
  return fitted;
}

// Converts the JPEG from which a JPEG XL was made. Returns nothing if it cannot be reconstructed.
ImageResult<std::optional<Fitted>> fit_jpeg_inside(ByteView bytes, std::uint64_t pixels, const Limits& limits,
                                                   const ImageOptions& options) {
  // Noise at the highest quality takes 4 bytes a pixel; the rest is for metadata. More is reserved for its pixels.
  const std::uint64_t max_bytes = 8 * pixels + 4 * bytes.size() + (1 << 20);
  Bytes jpeg = codec::jpeg_of_jpeg_xl(bytes, static_cast<std::size_t>(max_bytes));
  const auto info = codec::probe(jpeg);
  if (!info) return std::optional<Fitted>();
  const auto plan = plan_conversion(*info, jpeg.size(), limits, options);
  if (!plan) return std::optional<Fitted>();
  ImageResult<Fitted> fitted;
  if (!plan->keeps()) {
    fitted = fit_image(jpeg, *info, *plan, limits, options);
  } else {
    if (options.verify == Verify::pixels) VISIONSHARD_TRY(verify_pixels(jpeg, *info));
    fitted->format = Format::jpeg;
    fitted->bytes = std::move(jpeg);
  }
  if (!fitted) return tl::unexpected(fitted.error());
  fitted->conversions.add(Conversion::jpeg_xl);
  return std::optional(std::move(*fitted));
}

}  // namespace

ImageResult<Fitted> fit_image(ByteView bytes, const codec::ImageInfo& info, const ConversionPlan& plan,
                              const Limits& limits, const ImageOptions& options) {
  if (info.holds_jpeg && !plan.reduction) {
    auto fitted = VISIONSHARD_TRY(fit_jpeg_inside(bytes, info.pixels(), limits, options));
    if (fitted) return std::move(*fitted);
  }
  auto fitted = carry_out(bytes, info, plan, limits, options);
  if (fitted && fitted->shrunk && options.measure) fitted->psnr_db = measured_psnr_db(bytes, info, fitted->bytes);
  return fitted;
}

std::uint64_t verify_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes) noexcept {
  constexpr std::uint64_t tables_and_rows = 1 << 20;
  if (info.format == Format::jpeg && info.one_scan) return tables_and_rows + image_bytes;
  // The coefficients of a progressive JPEG, or pixels, of up to 16 bits a sample on the way.
  return tables_and_rows + image_bytes + decoding_need_bytes(info);
}

ImageResult<void> verify_pixels(ByteView bytes, const codec::ImageInfo& info) {
  // Row by row where possible, so that a check needs no memory for the whole picture.
  if (info.format == Format::jpeg) return codec::verify_jpeg(bytes.first(info.end));
  return decode(bytes, info).map([](const Decoded&) {});
}

}  // namespace visionshard::image
