#include "pipeline/image_slot.h"

#include <fmt/format.h>

#include <array>

#include "pipeline/payload.h"

namespace visionshard::pipeline {
namespace {

std::string_view detail_text(DetailOption detail) {
  switch (detail) {
    case DetailOption::low: return R"("detail":"low")";
    case DetailOption::high: return R"("detail":"high")";
    default: return R"("detail":"auto")";
  }
}

// What brings the part's detail to what was asked for.
rewrite::Edit detail_edit(const example::Part& part, DetailOption wanted) {
  constexpr std::array known = {example::Detail::missing, example::Detail::low, example::Detail::high,
                                example::Detail::automatic};
  if (wanted == DetailOption::keep || part.detail == known[static_cast<std::size_t>(wanted)]) return {};
  const std::string_view text = detail_text(wanted);
  if (part.detail != example::Detail::missing)
    return {part.detail_range.begin, part.detail_range.end, as_bytes(text.substr(text.find(':') + 1)), nullptr};
  auto owner = std::make_shared<const std::string>(fmt::format(",{}", text));
  return {part.url_range.end, part.url_range.end, as_bytes(*owner), owner};
}

ImageDetail seen_detail(const example::Part& part, DetailOption option) {
  const bool low = option == DetailOption::keep ? part.detail == example::Detail::low : option == DetailOption::low;
  const bool high = option == DetailOption::keep ? part.detail == example::Detail::high : option == DetailOption::high;
  return low ? ImageDetail::low : high ? ImageDetail::high : ImageDetail::automatic;
}

}  // namespace

ImageSlot slot_of(const example::Outline& outline, example::ImageRef ref, DetailOption detail) {
  const example::Part& part = outline.parts[ref.part];
  const example::Message& message = outline.messages[ref.message];
  ImageSlot slot;
  slot.string_form = part.image_url == example::Shape::string;
  slot.value = part.url_range;
  slot.detail = detail_edit(part, detail);
  slot.sees = seen_detail(part, detail);
  slot.message = message.index;
  slot.index = part.index;
  slot.siblings = message.parts_end - message.parts_begin;
  slot.part = part.range;
  if (slot.index > 0) slot.previous_end = outline.parts[ref.part - 1].range.end;
  // By the list's end, not by its length: of a content that stands twice the parts of both are in one list.
  if (ref.part + 1 < message.parts_end) slot.next_begin = outline.parts[ref.part + 1].range.begin;
  return slot;
}

std::string pointer_to(const ImageSlot& slot) {
  return fmt::format("/messages/{}/content/{}", slot.message, slot.index);
}

std::uint32_t tile_tokens(const ImageFacts& image, ImageDetail sees) noexcept {
  return static_cast<std::uint32_t>(image_tokens(image.size.width, image.size.height, sees).tiles);
}

void refuse(ImageSlot& slot, ImageFault&& fault) {
  slot.fault = std::make_unique<Fault>(Fault{fault.code, pointer_to(slot), std::move(fault.detail)});
  slot.outcome = ImageOutcome::refused;
}

void replace_value(ImageSlot& slot, ByteView text, std::shared_ptr<const void> owner) {
  slot.edit = rewrite::Edit{slot.value.begin + 1, slot.value.end - 1, text, std::move(owner)};
}

void take_over(ImageSlot& slot, std::string_view line, const SharedConversion& converted) {
  slot.outcome = converted->shrunk ? ImageOutcome::shrunk : ImageOutcome::converted;
  slot.conversions.add_all(converted->conversions);
  slot.became = converted->became;
  slot.tokens_became = tile_tokens(slot.became, slot.sees);
  slot.converted = converted;
  if (converted->unchanged) {
    const std::string_view before = inside(line, slot.value), after = as_text(converted->text);
    slot.outcome = before == after ? ImageOutcome::kept : ImageOutcome::relabelled;
    if (before == after) return;
    if (!slot.conversions.has(image::Conversion::local_file))
      slot.conversions.add(before.substr(0, after.find(',')) == after.substr(0, after.find(','))
                               ? image::Conversion::base64_spelling
                               : image::Conversion::media_type);
  }
  replace_value(slot, converted->text, converted);
}

void settle_image(ImageWork work, const SharedConversion& converted) {
  ImageSlot& slot = work.batch->slot(work.pending_index);
  if (converted->fault)
    refuse(slot, ImageFault(*converted->fault));
  else
    take_over(slot, work.batch->line(work.batch->records[work.batch->pending_line[work.pending_index]]), converted);
}

}  // namespace visionshard::pipeline
