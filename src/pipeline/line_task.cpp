#include "pipeline/line_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "base64/base64.h"
#include "codec/image_info.h"
#include "example/json_text.h"
#include "image/fit.h"
#include "image/image_url.h"

namespace visionshard::pipeline {
namespace {

using image::Conversion;

// Scratch that one long line has blown up is given back: it would stay resident on every thread.
constexpr std::size_t keep_payload_bytes = 16 << 20;
constexpr std::size_t keep_parser_line_bytes = 32 << 20;

std::string_view inside(std::string_view line, example::Range value) {
  return line.substr(value.begin + 1, value.size() - 2);
}

std::unique_ptr<Fault> fault_of(const ImageSlot& slot, ImageFault&& fault) {
  return std::make_unique<Fault>(
      Fault{fault.code, fmt::format("/messages/{}/content/{}", slot.message, slot.index), std::move(fault.detail)});
}

void refuse(ImageSlot& slot, ImageFault&& fault) {
  slot.fault = fault_of(slot, std::move(fault));
  slot.outcome = ImageOutcome::refused;
}

// "data:image/png;base64,..." with the bytes encoded.
Bytes data_url(codec::Format format, ByteView bytes) {
  const std::string_view prefix = image::data_url_prefix(format);
  Bytes text(prefix.size() + base64::encoded_length(bytes.size()));
  std::memcpy(text.data(), prefix.data(), prefix.size());
  base64::encode(bytes, reinterpret_cast<char*>(text.data()) + prefix.size());
  return text;
}

// Takes the place of the inside of the slot's value.
void replace_value(ImageSlot& slot, ByteView text, std::shared_ptr<const void> owner) {
  slot.edit = rewrite::Edit{slot.value.begin + 1, slot.value.end - 1, text, std::move(owner)};
}
void replace_value(ImageSlot& slot, Bytes&& text) {
  auto owned = std::make_shared<const Bytes>(std::move(text));
  replace_value(slot, *owned, owned);
}

void take_over(ImageSlot& slot, const SharedConversion& converted) {
  slot.outcome = converted->shrunk ? ImageOutcome::shrunk : ImageOutcome::converted;
  slot.conversions.add_all(converted->conversions);
  slot.tries = converted->tries;
  slot.psnr_db = converted->psnr_db;
  replace_value(slot, converted->text, converted);
}

struct Payload {
  ByteView bytes;
  base64::Status status = base64::Status::clean;
  std::size_t begin = 0;  // of the base64 text in the value's inside
  bool local = false;
  Bytes file;  // keeps the bytes of a local file
};

// The image's bytes, decoded into `buffer` or read from a file. No payload for a web URL.
ImageResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer) {
  auto url = image::read_image_url(text);
  if (!url) return tl::unexpected(url.error());
  Payload payload;
  if (url->kind == image::UrlKind::web) {
    if (context.limits.urls) return std::optional<Payload>();
    return image_fault(FaultCode::url_not_allowed, "the provider takes no URLs; inline the image as a data URL");
  }
  if (url->kind == image::UrlKind::local) {
    if (!context.image_root)
      return image_fault(FaultCode::bad_url,
                         fmt::format("'{}' is neither an http(s) URL nor a data URL; local files need --image-root",
                                     url->path.substr(0, 60)));
    auto file = context.image_root->read(url->path, context.line.max_line_bytes);
    if (!file) return tl::unexpected(file.error());
    payload.file = std::move(*file);
    payload.bytes = payload.file;
    payload.local = true;
    return std::optional(std::move(payload));
  }
  payload.begin = url->payload_begin;
  const std::string_view encoded = text.substr(payload.begin);
  const std::size_t capacity = base64::decode_capacity(encoded.size());
  if (capacity > buffer.capacity()) buffer = Bytes();  // what it holds is not worth copying
  buffer.resize(capacity);
  const base64::Decoded decoded = base64::decode(encoded, buffer.data());
  const auto bad = [&](const char* what) {
    return image_fault(FaultCode::bad_base64, fmt::format("the base64 text has {} at character {} of {}", what,
                                                          decoded.position, encoded.size()));
  };
  switch (decoded.status) {
    case base64::Status::bad_character: return bad("a character outside the alphabet");
    case base64::Status::impossible_length: return bad("a length that no encoding has");
    case base64::Status::data_after_padding: return bad("data behind the padding");
    default: break;
  }
  payload.bytes = buffer.view().first(decoded.bytes);
  payload.status = decoded.status;
  return std::optional(std::move(payload));
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
  if (!plan->keeps()) {
    slot.outcome = ImageOutcome::pending;
    slot.need_bytes = plan->need_bytes;
    scratch.digest.update(payload.bytes);
    slot.key = scratch.digest.finish();
    const SharedConversion known = context.cache != nullptr ? context.cache->find(slot.key) : nullptr;
    if (!known) return {};
    if (known->fault) return tl::unexpected(*known->fault);
    take_over(slot, known);
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

ImageResult<ConvertedImage> convert(std::string_view text, const LineContext& context) {
  Bytes buffer;
  auto loaded = load(text, context, buffer);
  if (!loaded) return tl::unexpected(loaded.error());
  const Payload& payload = **loaded;
  auto info = codec::probe(payload.bytes);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::decide(*info, payload.bytes.size(), context.limits, context.image);
  if (!plan) return tl::unexpected(plan.error());
  auto fitted = image::fit_image(payload.bytes, *info, *plan, context.limits, context.image);
  if (!fitted) return tl::unexpected(fitted.error());
  buffer = Bytes();
  return ConvertedImage{data_url(fitted->format, fitted->bytes),
                        fitted->conversions,
                        fitted->shrunk,
                        fitted->tries,
                        fitted->psnr_db.value_or(0),
                        std::nullopt};
}

ImageSlot slot_of(const example::Outline& outline, example::ImageRef ref) {
  const example::Part& part = outline.parts[ref.part];
  const example::Message& message = outline.messages[ref.message];
  ImageSlot slot;
  slot.string_form = part.image_url == example::Shape::string;
  slot.value = part.url_range;
  slot.message = ref.message;
  slot.index = ref.part - message.parts_begin;
  slot.siblings = message.parts_end - message.parts_begin;
  slot.part = part.range;
  if (slot.index > 0) slot.previous_end = outline.parts[ref.part - 1].range.end;
  if (slot.index + 1 < slot.siblings) slot.next_begin = outline.parts[ref.part + 1].range.begin;
  return slot;
}

bool reject(LineRecord& record, Fault&& fault) {
  record.state = LineState::rejected;
  record.fault = std::make_unique<Fault>(std::move(fault));
  return false;
}

bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

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
  if (line.size() > context.line.max_line_bytes)
    return reject(record, {FaultCode::line_too_long, "",
                           fmt::format("the line has {} bytes, over the limit of {} (--max-line-bytes)", line.size(),
                                       context.line.max_line_bytes)});
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
  record.first_image = static_cast<std::uint32_t>(batch.slots.size());
  for (const example::ImageRef ref : scratch.verdict.dropped) {
    ImageSlot& slot = batch.slots.emplace_back(slot_of(scratch.outline, ref));
    refuse(slot, {FaultCode::assistant_image, "an image stands in an assistant message"});
  }
  for (const example::ImageRef ref : scratch.verdict.images) {
    ImageSlot& slot = batch.slots.emplace_back(slot_of(scratch.outline, ref));
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

// A defect of ours or of a library costs one line, not the night's run.
template <class Work>
void guarded(LineRecord& record, Work&& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    reject(record, {FaultCode::internal_error, "", e.what()});
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
  std::uint32_t message = UINT32_MAX, dropped_here = 0;
  for (ImageSlot& slot : slots) {
    if (slot.message != message) dropped_here = 0;
    message = slot.message;
    if (slot.outcome != ImageOutcome::refused) {
      if (++kept_images > context.limits.max_images_per_example) {
        return reject(record,
                      {FaultCode::too_many_images, fmt::format("/messages/{}/content/{}", slot.message, slot.index),
                       fmt::format("the example has more than {} images (--max-images-per-example)",
                                   context.limits.max_images_per_example)});
      }
      continue;
    }
    const bool drops = slot.fault->code == FaultCode::assistant_image || context.line.on_bad_image == OnBad::drop;
    // Dropping every part would leave an empty content array, which is no valid message.
    const bool all_gone = dropped_here == slot.index && slot.index + 1 == slot.siblings;
    if (!drops || all_gone || slot.fault->code == FaultCode::internal_error)
      return reject(record, std::move(*slot.fault));
    record.edits.push_back(removal(slot, dropped_here < slot.index));
    slot.outcome = ImageOutcome::dropped;
    ++dropped_here;
  }
  return true;
}

void assemble_line(Batch& batch, LineRecord& record, const LineContext& context) {
  if (record.state == LineState::rejected || !settle_refused(batch, record, context)) return;
  for (ImageSlot& slot : std::span(batch.slots).subspan(record.first_image, record.images)) {
    if (slot.outcome == ImageOutcome::dropped) continue;
    if (slot.string_form) {
      slot.conversions.add(Conversion::url_object);
      record.edits.push_back({slot.value.begin, slot.value.begin, as_bytes("{\"url\":"), nullptr});
      record.edits.push_back({slot.value.end, slot.value.end, as_bytes("}"), nullptr});
    }
    if (!slot.edit.text.empty()) record.edits.push_back(std::move(slot.edit));
  }
  rewrite::sort_edits(record.edits);
  record.output_bytes = rewrite::spliced_bytes(batch.line(record), record.edits) + 1;
  if (record.output_bytes > context.limits.max_shard_bytes) {
    reject(record, {FaultCode::example_too_large, "",
                    fmt::format("the example has {} bytes, over the limit of {} for a whole file (--max-shard-bytes)",
                                record.output_bytes, context.limits.max_shard_bytes)});
    return;
  }
  record.state = LineState::written;
}

}  // namespace

void inspect(Batch& batch, const LineContext& context, Scratch& scratch) {
  if (batch.text.overlong_bytes > 0) {
    batch.lines = 1;
    reject(batch.records.emplace_back(), {FaultCode::line_too_long, "",
                                          fmt::format("the line has {} bytes, over the limit of {} (--max-line-bytes)",
                                                      batch.text.overlong_bytes, context.line.max_line_bytes)});
    return;
  }
  const std::string_view text = as_text({batch.text.block.data(), batch.text.end});
  std::size_t longest = 0;
  for (std::size_t at = batch.text.begin; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    std::string_view line = text.substr(at, newline - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // A blank line over the limit is too long like any other: how much of it was kept depends on the block's size.
    if (line.size() <= context.line.max_line_bytes && is_blank(line)) {
      ++batch.blank;
    } else {
      LineRecord& record = batch.records.emplace_back();
      record.begin = static_cast<std::uint32_t>(at);
      record.end = static_cast<std::uint32_t>(at + line.size());
      record.number = static_cast<std::uint32_t>(batch.lines);
      guarded(record, [&] { inspect_line(batch, record, context, scratch); });
      longest = std::max(longest, line.size());
    }
    ++batch.lines;
    at = newline + 1;
  }
  if (scratch.payload.capacity() > keep_payload_bytes) scratch.payload = Bytes();
  if (longest > keep_parser_line_bytes) scratch = Scratch();
}

SharedConversion convert_image(ImageWork work, const LineContext& context) {
  const Batch& batch = *work.batch;
  const std::string_view line = batch.line(batch.records[batch.pending_line[work.pending_index]]);
  ConvertedImage image;
  try {
    auto converted = convert(inside(line, work.batch->slot(work.pending_index).value), context);
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

void settle_image(ImageWork work, const SharedConversion& converted) {
  ImageSlot& slot = work.batch->slot(work.pending_index);
  if (converted->fault)
    refuse(slot, ImageFault(*converted->fault));
  else
    take_over(slot, converted);
}

void assemble(Batch& batch, const LineContext& context) {
  for (LineRecord& record : batch.records) guarded(record, [&] { assemble_line(batch, record, context); });
}

}  // namespace visionshard::pipeline
