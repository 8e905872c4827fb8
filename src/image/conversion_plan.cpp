#include "image/conversion_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/need_bytes.h"

namespace visionshard::image {

using codec::ColorModel;
using codec::Format;

namespace {

// Blocks of a sample, tables, rows.
constexpr std::uint64_t fixed_bytes = 8 << 20;

// Memory for carrying out a plan, in addition to the line: the image's bytes and all intermediate results.
// `compares`: both pictures are decoded afterwards.
void reserve(const codec::ImageInfo& info, std::uint64_t image_bytes, std::uint64_t limit_bytes, bool compares,
             ConversionPlan& plan) {
  // Rotating a JPEG holds its coefficients twice, and may fall back to decoding it.
  const bool may_decode = plan.needs_pixels || plan.over_limit || plan.conversions.has(Conversion::orientation) ||
                          info.arithmetic || info.end_marker_missing;
  plan.max_need_bytes = may_decode ? conversion_need_bytes(info, image_bytes, limit_bytes) : 4 * image_bytes;
  plan.need_bytes = plan.max_need_bytes;
  if (!plan.over_limit || plan.conversions.any() || compares) return;
  // The file, and the result, of which the text is made when the file is gone; of progressive scans the largest is in
  // memory twice while they are joined. It is decoded where not even the lowest quality fits, or its profile must go.
  if (info.one_scan) plan.need_bytes = image_bytes + limit_bytes + limit_bytes / 2 + fixed_bytes;
  if (info.format != Format::png || info.model != ColorModel::rgb || info.transparency) return;
  // The file and its rows, and in turn its joined data, or the smaller file. To be resized it takes a second picture.
  const std::uint64_t rows = 3 * info.pixels();
  plan.max_need_bytes = image_bytes + rows + std::max(image_bytes, rows + limit_bytes) + fixed_bytes;
  plan.need_bytes =
      info.interlaced ? plan.max_need_bytes : image_bytes + rows + std::max(image_bytes, limit_bytes) + fixed_bytes;
}

// For a format that no provider accepts.
Conversion conversion_of(Format format) {
  switch (format) {
    case Format::gif: return Conversion::gif;
    case Format::bmp: return Conversion::bmp;
    case Format::tiff: return Conversion::tiff;
    case Format::jpeg_2000: return Conversion::jpeg_2000;
    case Format::jpeg_xl: return Conversion::jpeg_xl;
    case Format::netpbm: return Conversion::netpbm;
    default: return Conversion::heif;
  }
}

}  // namespace

ImageResult<ConversionPlan> plan_conversion(const codec::ImageInfo& info, std::uint64_t image_bytes,
                                            const Limits& limits, const ImageOptions& options) {
  if (info.pixels() > options.max_pixels)
    return image_fault(FaultCode::too_many_pixels,
                       fmt::format("the image is {} x {} = {} pixels, over the limit of {} (--max-pixels)", info.width,
                                   info.height, info.pixels(), options.max_pixels));
  if (info.coded_pixels > options.max_pixels)
    return image_fault(FaultCode::too_many_pixels,
                       fmt::format("the image is {} pixels before it is cropped, over the limit of {} (--max-pixels)",
                                   info.coded_pixels, options.max_pixels));
  if (info.loss != nullptr) return image_fault(FaultCode::corrupt_image, info.loss);
  ConversionPlan plan;
  Conversions& c = plan.conversions;
  if (info.format == Format::jpeg) {
    if (info.model == ColorModel::gray) c.add(Conversion::jpeg_gray);
    if (info.model == ColorModel::cmyk) c.add(Conversion::jpeg_cmyk);
    if (info.multi_picture) c.add(Conversion::jpeg_first_picture);
    if (info.damaged_metadata) c.add(Conversion::jpeg_metadata);
    if (info.arithmetic) c.add(Conversion::jpeg_arithmetic);
    if (info.end_marker_missing) c.add(Conversion::jpeg_end_marker);
    plan.needs_pixels = c.has(Conversion::jpeg_cmyk);
  } else if (info.format == Format::png) {
    if (info.model == ColorModel::palette) c.add(Conversion::png_palette);
    if (info.model == ColorModel::gray || info.model == ColorModel::gray_alpha) c.add(Conversion::png_gray);
    if (info.bit_depth == 16) c.add(Conversion::png_16_bit);
    plan.needs_pixels = c.any();
    if (info.animated) c.add(Conversion::png_animated);
    if (info.damaged_metadata) c.add(Conversion::png_metadata);
  } else if (info.format == Format::webp) {
    if (info.animated) c.add(Conversion::webp_animated);
    if (!limits.webp) c.add(Conversion::webp_format);
    plan.needs_pixels = !limits.webp || (info.animated && !info.has_whole_first_frame);
  } else {
    c.add(conversion_of(info.format));
    plan.needs_pixels = true;
    // The size of the file does not matter here: the limit applies to the PNG that it becomes.
    plan.need_bytes = plan.max_need_bytes = conversion_need_bytes(info, image_bytes, limits.max_image_bytes);
    if (info.orientation != 1) c.add(Conversion::orientation);
    return plan;
  }
  if (image_bytes > limits.max_image_bytes && info.end <= limits.max_image_bytes) c.add(Conversion::trailing_bytes);
  plan.over_limit = info.end > limits.max_image_bytes;
  // An image over the limit loses the metadata with the orientation.
  if (info.orientation != 1 && (options.orient == Orient::bake || plan.over_limit)) {
    c.add(Conversion::orientation);
    plan.needs_pixels |= info.format != Format::jpeg;
  }
  reserve(info, image_bytes, limits.max_image_bytes, options.measure, plan);
  return plan;
}

}  // namespace visionshard::image
