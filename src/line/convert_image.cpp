#include "image/fit.h"
#include "line/image_facts.h"
#include "line/payload.h"
#include "line/stages.h"

namespace visionshard::line {
namespace {

// An acceptable image that is no data URL.
ConvertedImage inlined(const codec::ImageInfo& info, ByteView bytes, const LineContext& context) {
  ConvertedImage image;
  if (!context.levels.empty()) {
    image.levels.assign(context.levels.size(), {data_url_chars(info.format, bytes.size()), {info.width, info.height}});
    return image;
  }
  image.unchanged = true;
  image.facts = facts_of(info, bytes.size());
  image.text = data_url(info.format, bytes);
  if (context.keys == KeyKind::images) image.digest = xxh128_digest(bytes);
  return image;
}

// A picture that cannot be decoded, though it is acceptable, has no hash, and that is no reason to reject its line.
std::optional<near_duplicates::Pdq> hash_of(const codec::ImageInfo& info, ByteView bytes, const LineContext& context) {
  if (!context.hash_pictures) return std::nullopt;
  try {
    const auto hashed = near_duplicates::pdq_of_file(bytes, info);
    return hashed ? std::optional(*hashed) : std::nullopt;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// What becomes of the image at each of the context's levels. Neighboring levels often share one reduction.
ImageResult<ConvertedImage> measured_levels(ByteView bytes, const codec::ImageInfo& info,
                                            const image::ConversionPlan& plan, ImageDetail detail,
                                            const LineContext& context) {
  ConvertedImage image;
  image::ReducedFits fits(bytes, info, plan, context.limits, context.image);
  std::optional<image::Reduction> before;
  for (const image::Degradation& level : context.levels) {
    const auto reduction = image::reduction_for(info, bytes.size(), detail, level);
    if (image.levels.empty() || reduction != before) {
      const auto fitted = fits.fit(reduction);
      if (!fitted) return tl::unexpected(fitted.error());
      const auto after = codec::probe((*fitted)->bytes);
      const ImageSize size = after ? ImageSize{after->width, after->height} : ImageSize{info.width, info.height};
      image.levels.push_back({data_url_chars((*fitted)->format, (*fitted)->bytes.size()), size});
      before = reduction;
    } else {
      image.levels.push_back(image.levels.back());
    }
  }
  return image;
}

// Nothing where that takes more memory.
LoadResult<std::optional<ConvertedImage>> convert(const ImageTask& task, std::string_view line,
                                                  const LineContext& context, bool has_max) {
  const ImageDetail detail = task.model_detail;
  Bytes buffer;
  auto loaded = load(inside(line, task.value), context, buffer);
  if (!loaded) return tl::unexpected(loaded.error());
  const Payload& payload = **loaded;
  auto info = codec::probe(payload.bytes);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::plan_conversion(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  const auto pdq = hash_of(*info, payload.bytes, context);
  if (plan->keeps() && !image::reduction_for(*info, payload.bytes.size(), detail, context.greatest_degradation())) {
    const bool only_hashed = payload.origin == PayloadOrigin::data_url;
    ConvertedImage kept = only_hashed ? ConvertedImage() : inlined(*info, payload.bytes, context);
    kept.only_hashed = only_hashed;
    kept.pdq = pdq;
    return std::optional(std::move(kept));
  }
  if (!context.levels.empty()) {
    auto measured = measured_levels(payload.bytes, *info, *plan, detail, context);
    if (!measured) return tl::unexpected(measured.error());
    return std::optional(std::move(*measured));
  }
  const auto reduction = image::reduction_for(*info, payload.bytes.size(), detail, context.degradation);
  plan->has_max = has_max;
  image::ReducedFits fits(payload.bytes, *info, *plan, context.limits, context.image);
  const auto found = fits.fit(reduction);
  if (!found) return tl::unexpected(found.error());
  const image::Fitted& fitted = **found;
  if (fitted.needs_max) return std::optional<ConvertedImage>();
  ConvertedImage image;
  image.pdq = pdq;
  image.conversions = fitted.conversions;
  image.shrunk = fitted.shrunk;
  image.unchanged = fitted.unchanged;
  image.tries = fitted.tries;
  image.psnr_db = fitted.psnr_db.value_or(0);
  if (fitted.reduced) {
    const ImageSize size = reduction->size;
    image.reduced = Reduced{payload.bytes.size(), fitted.bytes.size(), image_tokens(info->width, info->height, detail),
                            image_tokens(size.width, size.height, detail)};
  }
  if (const auto after = codec::probe(fitted.bytes)) image.facts = facts_of(*after, fitted.bytes.size());
  if (context.keys == KeyKind::images) image.digest = xxh128_digest(fitted.bytes);
  // Frees the image before the larger text is made.
  buffer = Bytes();
  loaded->reset();
  image.text = data_url(fitted.format, fitted.bytes);
  return std::optional(std::move(image));
}

}  // namespace

RunResult<engine::SharedResult> convert_image(const LineBatch& batch, std::size_t index, const LineContext& context,
                                              bool has_max) {
  ConvertedImage image;
  try {
    auto converted = convert(batch.pending_task(index), batch.pending_line(index), context, has_max);
    if (converted && !*converted) return engine::SharedResult();
    if (converted)
      image = std::move(**converted);
    else if (RunFault* const fault = std::get_if<RunFault>(&converted.error()))
      return tl::unexpected(std::move(*fault));
    else
      image.fault = std::get<ImageFault>(std::move(converted.error()));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    image.fault = ImageFault{FaultCode::internal_error, e.what()};
  }
  return shared_result(std::move(image), *context.budget);
}

void apply_result(LineBatch& batch, std::size_t index, const engine::SharedResult& result) {
  apply_result(batch.pending_task(index), batch.pending_line(index), result);
}

}  // namespace visionshard::line
