#include "pipeline/line_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "example/json_text.h"
#include "image/fit.h"
#include "image/image_url.h"
#include "pipeline/image_facts.h"
#include "pipeline/image_slot.h"
#include "pipeline/line_cutter.h"
#include "pipeline/payload.h"
#include "pipeline/seen_examples.h"
#include "rewrite/restructure.h"

namespace visionshard::pipeline {
namespace {

using image::Conversion;

void replace_value(ImageSlot& slot, Bytes&& text) {
  auto owned = std::make_shared<const Bytes>(std::move(text));
  replace_value(slot, *owned, owned);
}

image::Loss greatest_loss(const LineContext& context) {
  return context.levels.empty() ? context.loss : context.levels.back();
}

// Settles a slot that needs no pixels or whose result is known, or leaves it pending with what it will need.
ImageResult<void> examine(ImageSlot& slot, std::string_view line, const LineContext& context, Scratch& scratch) {
  const std::string_view text = inside(line, slot.value);
  auto loaded = load(text, context, scratch.payload);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!*loaded) return {};
  const Payload& payload = **loaded;
  auto info = codec::probe(payload.bytes);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::decide(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  if (payload.local) slot.conversions.add(Conversion::local_file);
  slot.came = slot.became = facts_of(*info, payload.bytes.size());
  slot.tokens_came = slot.tokens_became = tile_tokens(slot.came, slot.sees);
  const auto reduction = image::reduction_for(*info, payload.bytes.size(), slot.sees, greatest_loss(context));
  if (!plan->keeps() || reduction) {
    slot.outcome = ImageOutcome::pending;
    slot.need_bytes =
        reduction ? image::reduced_need_bytes(*info, payload.bytes.size(), *plan, *reduction) : plan->need_bytes;
    if (context.cache == nullptr) return {};
    slot.key = context.cache->key_of(payload.bytes);
    slot.key.low_detail = reduction && slot.sees == ImageDetail::low;
    const SharedConversion known = context.cache->find(slot.key);
    if (!known) return {};
    if (known->fault) return tl::unexpected(*known->fault);
    take_over(slot, line, known);
    return {};
  }
  if (context.image.verify == Verify::pixels)
    if (auto sound = image::verify_pixels(payload.bytes, *info); !sound) return sound;
  const std::string_view prefix = image::data_url_prefix(info->format);
  if (payload.local) {
    replace_value(slot, data_url(info->format, payload.bytes));
  } else if (payload.status != base64::Status::clean) {
    slot.conversions.add(Conversion::base64_spelling);
    replace_value(slot, data_url(info->format, payload.bytes));
  } else if (text.substr(0, payload.begin) != prefix) {
    slot.conversions.add(Conversion::media_type);
    const std::uint32_t begin = slot.value.begin + 1;
    slot.edit = rewrite::Edit{begin, begin + static_cast<std::uint32_t>(payload.begin), as_bytes(prefix), nullptr};
  }
  slot.outcome = slot.conversions.any() ? ImageOutcome::relabelled : ImageOutcome::kept;
  return {};
}

// The image at each of the context's levels; its reductions are fewer than the levels.
ImageResult<ConvertedImage> measured_levels(ByteView bytes, const codec::ImageInfo& info, const image::Plan& plan,
                                            ImageDetail sees, const LineContext& context) {
  ConvertedImage image;
  image::ReducedFits fits(bytes, info, plan, context.limits, context.image);
  std::optional<image::Reduction> before;
  for (const image::Loss& loss : context.levels) {
    const auto reduction = image::reduction_for(info, bytes.size(), sees, loss);
    if (image.level_chars.empty() || reduction != before) {
      const auto fitted = fits.fit(reduction);
      if (!fitted) return tl::unexpected(fitted.error());
      image.level_chars.push_back(data_url_chars((*fitted)->format, (*fitted)->bytes.size()));
      before = reduction;
    } else {
      image.level_chars.push_back(image.level_chars.back());
    }
  }
  return image;
}

ImageResult<ConvertedImage> convert(const ImageSlot& slot, std::string_view line, const LineContext& context) {
  const ImageDetail sees = slot.sees;
  Bytes buffer;
  auto loaded = load(inside(line, slot.value), context, buffer);
  if (!loaded) return tl::unexpected(loaded.error());
  const Payload& payload = **loaded;
  auto info = codec::probe(payload.bytes);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::decide(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  if (!context.levels.empty()) return measured_levels(payload.bytes, *info, *plan, sees, context);
  const auto reduction = image::reduction_for(*info, payload.bytes.size(), sees, context.loss);
  image::ReducedFits fits(payload.bytes, *info, *plan, context.limits, context.image);
  const auto found = fits.fit(reduction);
  if (!found) return tl::unexpected(found.error());
  const image::Fitted& fitted = **found;
  ConvertedImage image;
  image.conversions = fitted.conversions;
  image.shrunk = fitted.shrunk;
  image.unchanged = fitted.unchanged;
  image.tries = fitted.tries;
  image.psnr_db = fitted.psnr_db.value_or(0);
  if (fitted.reduced) {
    const ImageSize size = reduction->size;
    image.reduced = Reduced{payload.bytes.size(), fitted.bytes.size(), image_tokens(info->width, info->height, sees),
                            image_tokens(size.width, size.height, sees)};
  }
  if (const auto after = codec::probe(fitted.bytes)) image.became = facts_of(*after, fitted.bytes.size());
  buffer = Bytes();  // the image as it came, of which nothing more is needed
  image.text = data_url(fitted.format, fitted.bytes);
  return image;
}

Conversion conversion_of(rewrite::Rewrite kind) {
  switch (kind) {
    case rewrite::Rewrite::same_role: return Conversion::same_role;
    case rewrite::Rewrite::string_content: return Conversion::string_content;
    default: return Conversion::unknown_key;
  }
}

// A record of rejected.jsonl stands for the line it carries.
tl::expected<void, Fault> unwrap(LineRecord& record, std::string_view line, const example::Outline& outline,
                                 const LineContext& context) {
  std::string text;
  if (outline.raw.size() >= 2) {
    text = example::unescape(inside(line, outline.raw));
  } else if (outline.raw_base64.size() >= 2) {
    const std::string_view encoded = inside(line, outline.raw_base64);
    Bytes decoded(base64::decode_capacity(encoded.size()));
    const base64::Decoded result = base64::decode(encoded, decoded.data());
    if (result.status != base64::Status::clean && result.status != base64::Status::tolerated)
      return tl::unexpected(Fault{FaultCode::bad_base64, "/raw_base64", "the record's raw_base64 is not base64"});
    text = as_text(decoded.view().first(result.bytes));
  } else {
    return tl::unexpected(Fault{FaultCode::bad_messages, "",
                                "the line is a record of rejected.jsonl that carries no line (--rejects reference); "
                                "give the original input"});
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() > context.line.max_line_bytes || text.find('\n') != std::string::npos)
    return tl::unexpected(Fault{FaultCode::invalid_json, "/raw", "the record's raw is not one line"});
  record.text_bytes = text.size();
  text.append(example::line_padding, '\n');
  record.text = std::make_unique<std::string>(std::move(text));
  return {};
}

// False when the line is rejected.
bool check_line(Batch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  std::string_view line = batch.line(record);
  for (bool unwrapped = false;; unwrapped = true) {
    if (auto parsed = scratch.parser.parse(line, scratch.outline); !parsed)
      return reject(record, std::move(parsed.error()));
    if (!scratch.outline.is_reject_record() || unwrapped) break;
    if (auto taken = unwrap(record, line, scratch.outline, context); !taken)
      return reject(record, std::move(taken.error()));
    line = batch.line(record);
  }
  example::judge(line, scratch.outline, context.limits, context.line, scratch.verdict);
  if (scratch.verdict.fault) return reject(record, std::move(*scratch.verdict.fault));
  return true;
}

void inspect_line(Batch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (!check_line(batch, record, context, scratch)) return;
  const std::string_view line = batch.line(record);
  for (const rewrite::StructureChange change : rewrite::structure_changes(scratch.outline, context.limits))
    record.conversions.add(conversion_of(change.kind));
  if (record.conversions.any()) rewrite::restructure(line, scratch.outline, context.limits, record.edits);
  record.first_image = static_cast<std::uint32_t>(batch.slots.size());
  for (const example::ImageRef ref : scratch.verdict.dropped) {
    ImageSlot& slot = batch.slots.emplace_back(slot_of(scratch.outline, ref, context.line.detail));
    refuse(slot, {FaultCode::assistant_image, "an image stands in an assistant message"});
  }
  for (const example::ImageRef ref : scratch.verdict.images) {
    ImageSlot& slot = batch.slots.emplace_back(slot_of(scratch.outline, ref, context.line.detail));
    if (auto examined = examine(slot, line, context, scratch); !examined) refuse(slot, std::move(examined.error()));
    if (slot.outcome == ImageOutcome::refused && context.line.on_bad_image == OnBad::reject) break;
  }
  record.images = static_cast<std::uint32_t>(batch.slots.size()) - record.first_image;
  if (record.images > 1)
    std::stable_sort(batch.slots.begin() + record.first_image, batch.slots.end(),
                     [](const ImageSlot& a, const ImageSlot& b) { return a.part.begin < b.part.begin; });
  for (std::uint32_t i = record.first_image; i < batch.slots.size(); ++i)
    if (batch.slots[i].outcome == ImageOutcome::pending) {
      batch.pending.push_back(i);
      batch.pending_line.push_back(static_cast<std::uint32_t>(batch.records.size() - 1));
    }
}

// Bytes to be taken out so that a dropped part leaves no comma behind. `earlier_kept`: some part before it stays.
rewrite::Edit removal(const ImageSlot& slot, bool earlier_kept) {
  if (earlier_kept) return {slot.previous_end, slot.part.end, {}, nullptr};
  return {slot.part.begin, slot.next_begin, {}, nullptr};
}

// Drops what is refused where the options say so; false when the line must be rejected.
bool settle_refused(Batch& batch, LineRecord& record, const LineContext& context) {
  const auto slots = std::span(batch.slots).subspan(record.first_image, record.images);
  std::uint64_t kept_images = 0;
  std::uint32_t dropped_here = 0;
  ImageSlot* first_dropped = nullptr;  // of the message
  for (ImageSlot& slot : slots) {
    if (first_dropped != nullptr && slot.message != first_dropped->message) first_dropped = nullptr;
    if (first_dropped == nullptr) dropped_here = 0;
    if (slot.outcome != ImageOutcome::refused) {
      if (++kept_images > context.limits.max_images_per_example) {
        return reject(record, {FaultCode::too_many_images, pointer_to(slot),
                               fmt::format("the example has more than {} images (--max-images-per-example)",
                                           context.limits.max_images_per_example)});
      }
      continue;
    }
    const bool drops = slot.fault->code == FaultCode::assistant_image || context.line.on_bad_image == OnBad::drop;
    // Dropping every part would leave an empty content array, which is no valid message.
    const bool all_gone = dropped_here == slot.index && slot.index + 1 == slot.siblings;
    if (!drops || slot.fault->code == FaultCode::internal_error) return reject(record, std::move(*slot.fault));
    if (first_dropped == nullptr) first_dropped = &slot;
    if (all_gone) return reject(record, std::move(*first_dropped->fault));
    record.edits.push_back(removal(slot, dropped_here < slot.index));
    slot.outcome = ImageOutcome::dropped;
    ++dropped_here;
  }
  return true;
}

// The line's length at each level: what stands in it now, and the lengths of its images' values in place of theirs.
void measure_line(const Batch& batch, LineRecord& record, const LineContext& context) {
  record.level_bytes.assign(context.levels.size(), record.output_bytes);
  for (const ImageSlot& slot : std::span(batch.slots).subspan(record.first_image, record.images)) {
    if (slot.outcome == ImageOutcome::dropped || !slot.converted || slot.converted->level_chars.empty()) continue;
    for (std::size_t i = 0; i < context.levels.size(); ++i)
      record.level_bytes[i] = record.level_bytes[i] - (slot.value.size() - 2) + slot.converted->level_chars[i];
  }
}

void assemble_line(Batch& batch, LineRecord& record, const LineContext& context) {
  if (record.state == LineState::rejected || !settle_refused(batch, record, context)) return;
  for (ImageSlot& slot : std::span(batch.slots).subspan(record.first_image, record.images)) {
    if (slot.outcome == ImageOutcome::dropped) continue;
    if (slot.string_form) {
      slot.conversions.add(Conversion::url_object);
      record.edits.push_back({slot.value.begin, slot.value.begin, as_bytes("{\"url\":"), nullptr});
    }
    if (!slot.edit.text.empty()) record.edits.push_back(std::move(slot.edit));
    if (!slot.detail.text.empty()) {
      slot.conversions.add(Conversion::detail);
      record.edits.push_back(std::move(slot.detail));
    }
    if (slot.string_form) record.edits.push_back({slot.value.end, slot.value.end, as_bytes("}"), nullptr});
  }
  rewrite::sort_edits(record.edits);
  record.output_bytes = rewrite::spliced_bytes(batch.line(record), record.edits) + 1;
  if (!context.levels.empty()) {
    measure_line(batch, record, context);
    record.state = LineState::written;
    return;
  }
  if (record.output_bytes > context.limits.max_shard_bytes) {
    reject(record, {FaultCode::example_too_large, "",
                    fmt::format("the example has {} bytes, over the limit of {} for a whole file (--max-shard-bytes)",
                                record.output_bytes, context.limits.max_shard_bytes)});
    return;
  }
  record.state = LineState::written;
}

// What is written of each example, to tell it from others.
void digest_examples(Batch& batch) {
  shard::Sha256 digest;
  std::vector<iovec> pieces;
  for (LineRecord& record : batch.records) {
    if (record.state != LineState::written) continue;
    pieces.clear();
    rewrite::append_pieces(batch.line(record), record.edits, pieces);
    for (const iovec& piece : pieces) digest.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
    record.digest = example_digest(digest.finish());
  }
}

}  // namespace

void inspect(Batch& batch, const LineContext& context, Scratch& scratch) {
  cut_lines(batch, context.line, scratch, [&](LineRecord& record) { inspect_line(batch, record, context, scratch); });
}

SharedConversion convert_image(ImageWork work, const LineContext& context) {
  const Batch& batch = *work.batch;
  const std::string_view line = batch.line(batch.records[batch.pending_line[work.pending_index]]);
  ConvertedImage image;
  try {
    auto converted = convert(work.batch->slot(work.pending_index), line, context);
    if (converted)
      image = std::move(*converted);
    else
      image.fault = std::move(converted.error());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    image.fault = ImageFault{FaultCode::internal_error, e.what()};
  }
  return shared_conversion(std::move(image), *context.budget);
}

void assemble(Batch& batch, const LineContext& context) {
  for (LineRecord& record : batch.records) guarded(record, [&] { assemble_line(batch, record, context); });
  if (context.line.duplicates == Duplicates::drop) digest_examples(batch);
}

}  // namespace visionshard::pipeline
