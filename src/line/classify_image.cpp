#include "line/classify_image.h"

#include <algorithm>

#include "image/fit.h"
#include "image/image_url.h"
#include "line/example_keys.h"
#include "line/exclude.h"
#include "line/image_facts.h"
#include "line/payload.h"
#include "near_duplicates/pdq.h"

namespace visionshard::line {
namespace {

using image::Conversion;

void replace_value(ImageTask& task, Bytes&& text) {
  auto owned = std::make_shared<const Bytes>(std::move(text));
  replace_value(task, *owned, owned);
}

// The text of an image that is put into its line, charged to the budget as text as long as it exists.
class InlinedText {
 public:
  InlinedText(codec::Format format, ByteView bytes, engine::Budget& budget) : budget_(budget) {
    charged_bytes_ = data_url_chars(format, bytes.size());
    budget_.reserve_text(charged_bytes_);
    text_ = data_url(format, bytes);
  }
  InlinedText(const InlinedText&) = delete;
  InlinedText& operator=(const InlinedText&) = delete;
  ~InlinedText() { budget_.release_text(charged_bytes_); }

  ByteView text() const noexcept { return text_; }

 private:
  engine::Budget& budget_;
  std::uint64_t charged_bytes_;
  Bytes text_;
};

// What is made of equal bytes: with low detail the image is reduced further, so that its result is another.
enum class ResultKind : std::uint32_t { usual, low_detail, only_hashed };

// Makes the task pending, unless its result is known. Its need_bytes are set but for those of its hash.
void wait(ImageTask& task, std::string_view line, const codec::ImageInfo& info, const Payload& payload, ResultKind kind,
          const LineContext& context) {
  task.outcome = ImageOutcome::pending;
  if (context.hash_pictures)
    task.need_bytes = std::max(task.need_bytes, near_duplicates::need_bytes(info, payload.bytes.size()));
  if (context.cache == nullptr) return;
  task.key = context.cache->key_of(payload.bytes, static_cast<std::uint32_t>(kind));
  if (const engine::SharedResult known = context.cache->find(task.key)) apply_result(task, line, known);
}

// Puts an acceptable image that is no data URL into its line. Where lines are only measured, its picture is to be
// hashed, or there is no memory for the text now, the task becomes pending.
void inline_kept(ImageTask& task, std::string_view line, const codec::ImageInfo& info, const Payload& payload,
                 const LineContext& context) {
  const std::uint64_t chars = data_url_chars(info.format, payload.bytes.size());
  task.outcome = ImageOutcome::relabelled;
  if (context.levels.empty() && !context.hash_pictures && context.budget->left_for_text() >= chars) {
    auto owned = std::make_shared<const InlinedText>(info.format, payload.bytes, *context.budget);
    replace_value(task, owned->text(), owned);
    return;
  }
  task.need_bytes = payload.bytes.size() + chars;
  wait(task, line, info, payload, ResultKind::usual, context);
}

}  // namespace

LoadResult<void> classify_image(ImageTask& task, std::string_view line, const LineContext& context, Scratch& scratch) {
  const std::string_view text = inside(line, task.value);
  const auto is_excluded = [&](Exclusion exclusion) {
    task.exclusion = exclusion;
    if (exclusion != Exclusion::none) task.outcome = ImageOutcome::refused;
    return exclusion != Exclusion::none;
  };
  // Before it is looked up: what a list names need not be in the store.
  if (context.exclusions && context.store && is_excluded(exclusion_of_url(text, context))) return {};
  ParseStage stage(scratch);
  auto loaded = load(text, context, scratch.payload, &stage);
  if (!loaded) return tl::unexpected(loaded.error());
  if (context.keys == KeyKind::images || context.hash_pictures)
    task.digest = std::make_unique<const Xxh128::Digest>(image_digest(text, *loaded));
  if (context.exclusions && is_excluded(*loaded ? exclusion_of(**loaded, context) : exclusion_of_url(text, context)))
    return {};
  if (!*loaded) {
    if (stage.respelled_url.empty()) return {};
    task.conversions.add(Conversion::url_spelling);
    task.outcome = ImageOutcome::relabelled;
    auto owner = std::make_shared<const std::string>(std::move(stage.respelled_url));
    replace_value(task, as_bytes(*owner), owner);
    return {};
  }
  const Payload& payload = **loaded;
  auto info = probe_payload(text, payload);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::plan_conversion(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  if (payload.origin == PayloadOrigin::local_file) task.conversions.add(Conversion::local_file);
  if (payload.origin == PayloadOrigin::store) task.conversions.add(Conversion::url_inlined);
  task.facts_before = task.facts_after = facts_of(*info, payload.bytes.size());
  task.tokens_before = task.tokens_after = tile_tokens(task.facts_before.size, task.model_detail);
  const auto reduction =
      image::reduction_for(*info, payload.bytes.size(), task.model_detail, context.greatest_degradation());
  if (!plan->keeps() || reduction) {
    task.need_bytes =
        reduction ? image::reduced_need_bytes(*info, payload.bytes.size(), *plan, *reduction) : plan->need_bytes;
    if (!reduction) task.max_need_bytes = plan->max_need_bytes;
    const bool is_low = reduction && task.model_detail == ImageDetail::low;
    wait(task, line, *info, payload, is_low ? ResultKind::low_detail : ResultKind::usual, context);
    return {};
  }
  if (context.image.verify == Verify::pixels)
    if (auto sound = image::verify_pixels(payload.bytes, *info); !sound) return tl::unexpected(sound.error());
  if (payload.origin != PayloadOrigin::data_url) {
    inline_kept(task, line, *info, payload, context);
    return {};
  }
  const std::string_view prefix = image::data_url_prefix(info->format);
  if (payload.status != base64::Status::clean) {
    task.conversions.add(Conversion::base64_spelling);
    replace_value(task, data_url(info->format, payload.bytes));
  } else if (text.substr(0, payload.begin) != prefix) {
    task.conversions.add(Conversion::media_type);
    const std::uint32_t begin = task.value.begin + 1;
    task.edit = example::Edit{begin, begin + static_cast<std::uint32_t>(payload.begin), as_bytes(prefix), nullptr};
  }
  task.outcome = task.conversions.any() ? ImageOutcome::relabelled : ImageOutcome::kept;
  if (context.hash_pictures) wait(task, line, *info, payload, ResultKind::only_hashed, context);
  return {};
}

}  // namespace visionshard::line
