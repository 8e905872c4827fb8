#include <visionshard/image.h>

#include <exception>
#include <new>

#include "image/degradation.h"
#include "image/fit.h"

namespace visionshard {
namespace {

ImageFormat format_of(codec::Format format) noexcept {
  if (format == codec::Format::png) return ImageFormat::png;
  return format == codec::Format::webp ? ImageFormat::webp : ImageFormat::jpeg;
}

using Fit = std::variant<AcceptableImage, FittedImage, Fault>;

ImageResult<Fit> fit(ByteView bytes, const Limits& limits, const ImageOptions& options, ImageDetail detail) {
  const auto info = VISIONSHARD_TRY(codec::probe(bytes));
  const auto plan = VISIONSHARD_TRY(image::plan_conversion(info, bytes.size(), limits, options));
  image::Degradation loss;
  if (options.fit_model == FitModel::tiles) loss.above_bytes = 0;
  const auto reduction = image::reduction_for(info, bytes.size(), detail, loss);
  if (plan.keeps() && !reduction) {
    if (options.verify == Verify::pixels) VISIONSHARD_TRY(image::verify_pixels(bytes, info));
    return AcceptableImage{format_of(info.format)};
  }
  image::ReducedFits fits(bytes, info, plan, limits, options);
  const auto found = VISIONSHARD_TRY(fits.fit(reduction));
  const image::Fitted& fitted = *found;
  FittedImage image;
  image.format = format_of(fitted.format);
  const ByteView file = fitted.bytes;
  image.bytes.assign(file.begin(), file.end());
  fitted.conversions.each([&](image::Conversion c) { image.conversions.push_back(image::name(c)); });
  image.shrunk = fitted.shrunk;
  image.psnr_db = fitted.psnr_db;
  return image;
}

}  // namespace

std::string_view media_type(ImageFormat format) noexcept {
  switch (format) {
    case ImageFormat::jpeg: return "image/jpeg";
    case ImageFormat::png: return "image/png";
    case ImageFormat::webp: break;
  }
  return "image/webp";
}

Fit fit_unless_acceptable(std::span<const std::byte> bytes, const Limits& limits, const ImageOptions& options,
                          ImageDetail detail) {
  try {
    auto fitted = fit(bytes, limits, options, detail);
    if (fitted) return std::move(*fitted);
    return Fault{fitted.error().code, {}, std::move(fitted.error().detail)};
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return Fault{FaultCode::internal_error, {}, e.what()};
  }
}

std::variant<FittedImage, Fault> fit_image(std::span<const std::byte> bytes, const Limits& limits,
                                           const ImageOptions& options, ImageDetail detail) {
  Fit fitted = fit_unless_acceptable(bytes, limits, options, detail);
  if (const auto* const acceptable = std::get_if<AcceptableImage>(&fitted)) {
    FittedImage image;
    image.format = acceptable->format;
    image.bytes.assign(bytes.begin(), bytes.end());
    return image;
  }
  if (auto* const fault = std::get_if<Fault>(&fitted)) return std::move(*fault);
  return std::move(std::get<FittedImage>(fitted));
}

}  // namespace visionshard
