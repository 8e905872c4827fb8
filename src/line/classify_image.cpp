#include "line/classify_image.h"

#include "image/fit.h"
#include "image/image_url.h"
#include "line/example_keys.h"
#include "line/exclude.h"
#include "line/image_facts.h"
#include "line/payload.h"

namespace visionshard::line {
namespace {

using image::Conversion;

void replace_value(ImageTask& task, Bytes&& text) {
  auto owned = std::make_shared<const Bytes>(std::move(text));
  replace_value(task, *owned, owned);
}

image::Degradation greatest_degradation(const LineContext& context) {
  return context.levels.empty() ? context.degradation : context.levels.back();
}

}  // namespace

LoadResult<void> classify_image(ImageTask& task, std::string_view line, const LineContext& context, Scratch& scratch) {
  const std::string_view text = inside(line, task.value);
  std::string respelled;
  auto loaded = load(text, context, scratch.payload, &respelled);
  if (!loaded) return tl::unexpected(loaded.error());
  if (context.keys == KeyKind::images)
    task.digest = std::make_unique<const Xxh128::Digest>(image_digest(text, *loaded));
  if (context.exclusions) {
    task.exclusion = exclusion_of(text, *loaded, context);
    if (task.exclusion != Exclusion::none) {
      task.outcome = ImageOutcome::refused;
      return {};
    }
  }
  if (!*loaded) {
    if (respelled.empty()) return {};
    task.conversions.add(Conversion::url_spelling);
    task.outcome = ImageOutcome::relabelled;
    auto owner = std::make_shared<const std::string>(std::move(respelled));
    replace_value(task, as_bytes(*owner), owner);
    return {};
  }
  const Payload& payload = **loaded;
  auto info = probe_payload(text, payload);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::plan_conversion(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  if (payload.local) task.conversions.add(Conversion::local_file);
  task.facts_before = task.facts_after = facts_of(*info, payload.bytes.size());
  task.tokens_before = task.tokens_after = tile_tokens(task.facts_before, task.model_detail);
  const auto reduction =
      image::reduction_for(*info, payload.bytes.size(), task.model_detail, greatest_degradation(context));
  if (!plan->keeps() || reduction) {
    task.outcome = ImageOutcome::pending;
    task.need_bytes =
        reduction ? image::reduced_need_bytes(*info, payload.bytes.size(), *plan, *reduction) : plan->need_bytes;
    if (context.cache == nullptr) return {};
    // With low detail the image is reduced further, so that its result is another.
    task.key = context.cache->key_of(payload.bytes, reduction && task.model_detail == ImageDetail::low);
    if (const engine::SharedResult known = context.cache->find(task.key)) apply_result(task, line, known);
    return {};
  }
  if (context.image.verify == Verify::pixels)
    if (auto sound = image::verify_pixels(payload.bytes, *info); !sound) return tl::unexpected(sound.error());
  const std::string_view prefix = image::data_url_prefix(info->format);
  if (payload.local) {
    replace_value(task, data_url(info->format, payload.bytes));
  } else if (payload.status != base64::Status::clean) {
    task.conversions.add(Conversion::base64_spelling);
    replace_value(task, data_url(info->format, payload.bytes));
  } else if (text.substr(0, payload.begin) != prefix) {
    task.conversions.add(Conversion::media_type);
    const std::uint32_t begin = task.value.begin + 1;
    task.edit = example::Edit{begin, begin + static_cast<std::uint32_t>(payload.begin), as_bytes(prefix), nullptr};
  }
  task.outcome = task.conversions.any() ? ImageOutcome::relabelled : ImageOutcome::kept;
  return {};
}

}  // namespace visionshard::line
