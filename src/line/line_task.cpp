#include "line/line_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "example/restructure.h"
#include "image/fit.h"
#include "image/image_url.h"
#include "line/image_facts.h"
#include "line/image_task.h"
#include "line/line_cutter.h"
#include "line/payload.h"

namespace visionshard::pipeline {
namespace {

using image::Conversion;

void replace_value(ImageTask& task, Bytes&& text) {
  auto owned = std::make_shared<const Bytes>(std::move(text));
  replace_value(task, *owned, owned);
}

image::Degradation greatest_loss(const LineContext& context) {
  return context.levels.empty() ? context.loss : context.levels.back();
}

// Settles a task that needs no pixels or whose result is known, or leaves it pending with what it will need.
ImageResult<void> examine(ImageTask& task, std::string_view line, const LineContext& context, Scratch& scratch) {
  const std::string_view text = inside(line, task.value);
  std::string respelled;
  auto loaded = load(text, context, scratch.payload, &respelled);
  if (!loaded) return tl::unexpected(loaded.error());
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
  task.came = task.became = facts_of(*info, payload.bytes.size());
  task.tokens_came = task.tokens_became = tile_tokens(task.came, task.sees);
  const auto reduction = image::reduction_for(*info, payload.bytes.size(), task.sees, greatest_loss(context));
  if (!plan->keeps() || reduction) {
    task.outcome = ImageOutcome::pending;
    task.need_bytes =
        reduction ? image::reduced_need_bytes(*info, payload.bytes.size(), *plan, *reduction) : plan->need_bytes;
    if (context.cache == nullptr) return {};
    task.key = context.cache->key_of(payload.bytes);
    task.key.low_detail = reduction && task.sees == ImageDetail::low;
    const SharedConversion known = context.cache->find(task.key);
    if (!known) return {};
    if (known->fault) return tl::unexpected(*known->fault);
    apply_conversion(task, line, known);
    return {};
  }
  if (context.image.verify == Verify::pixels)
    if (auto sound = image::verify_pixels(payload.bytes, *info); !sound) return sound;
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

// The image at each of the context's levels; its reductions are fewer than the levels.
ImageResult<ConvertedImage> measured_levels(ByteView bytes, const codec::ImageInfo& info,
                                            const image::ConversionPlan& plan, ImageDetail sees,
                                            const LineContext& context) {
  ConvertedImage image;
  image::ReducedFits fits(bytes, info, plan, context.limits, context.image);
  std::optional<image::Reduction> before;
  for (const image::Degradation& loss : context.levels) {
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

ImageResult<ConvertedImage> convert(const ImageTask& task, std::string_view line, const LineContext& context) {
  const ImageDetail sees = task.sees;
  Bytes buffer;
  auto loaded = load(inside(line, task.value), context, buffer);
  if (!loaded) return tl::unexpected(loaded.error());
  const Payload& payload = **loaded;
  auto info = codec::probe(payload.bytes);
  if (!info) return tl::unexpected(info.error());
  auto plan = image::plan_conversion(*info, payload.bytes.size(), context.limits, context.image);
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

Conversion conversion_of(example::Rewrite kind) {
  switch (kind) {
    case example::Rewrite::developer_role: return Conversion::developer_role;
    case example::Rewrite::same_role: return Conversion::same_role;
    case example::Rewrite::string_content: return Conversion::string_content;
    default: return Conversion::unknown_key;
  }
}

// A record of rejected.jsonl stands for the line it carries.
tl::expected<void, Fault> unwrap(LineRecord& record, std::string_view line, const example::ExampleSpans& spans,
                                 const LineContext& context) {
  std::string text;
  if (spans.lone_surrogate_at != example::nowhere)
    return tl::unexpected(
        Fault{FaultCode::lone_surrogate, "",
              "the record of rejected.jsonl holds half a surrogate pair; it is not as it was written"});
  if (spans.raw.size() >= 2) {
    text = json::unescape(inside(line, spans.raw));
  } else if (spans.raw_base64.size() >= 2) {
    const std::string_view encoded = inside(line, spans.raw_base64);
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
    if (auto parsed = scratch.parser.parse(line, scratch.spans); !parsed)
      return reject(record, std::move(parsed.error()));
    if (!scratch.spans.is_reject_record() || unwrapped) break;
    if (auto taken = unwrap(record, line, scratch.spans, context); !taken)
      return reject(record, std::move(taken.error()));
    line = batch.line(record);
  }
  example::validate(line, scratch.spans, context.limits, context.line, scratch.validation);
  if (scratch.validation.fault) return reject(record, std::move(*scratch.validation.fault));
  return true;
}

void inspect_line(Batch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (!check_line(batch, record, context, scratch)) return;
  const std::string_view line = batch.line(record);
  if (const example::ExampleSpans& spans = scratch.spans; spans.hidden_image != example::HiddenImage::none) {
    record.hidden_image = spans.hidden_image;
    record.hidden_pointer = example::pointer_at(line, spans, spans.hidden_image_at);
  }
  for (const example::StructureChange change : example::structure_changes(scratch.spans, context.limits))
    record.conversions.add(conversion_of(change.kind));
  if (record.conversions.any()) example::restructure(line, scratch.spans, context.limits, record.edits);
  record.first_image = static_cast<std::uint32_t>(batch.tasks.size());
  for (const example::ImageRef ref : scratch.validation.dropped) {
    ImageTask& task = batch.tasks.emplace_back(task_of(scratch.spans, ref, context.line.detail));
    if (scratch.spans.messages[ref.message].role == example::Role::assistant)
      refuse(task, {FaultCode::assistant_image, "an image stands in an assistant message"});
    else
      refuse(task, {FaultCode::image_role, "an image stands outside a user message"});
  }
  for (const example::ImageRef ref : scratch.validation.images) {
    ImageTask& task = batch.tasks.emplace_back(task_of(scratch.spans, ref, context.line.detail));
    if (auto examined = examine(task, line, context, scratch); !examined) refuse(task, std::move(examined.error()));
    if (task.outcome == ImageOutcome::refused && context.line.on_bad_image == OnBad::reject) break;
  }
  record.images = static_cast<std::uint32_t>(batch.tasks.size()) - record.first_image;
  if (record.images > 1)
    std::stable_sort(batch.tasks.begin() + record.first_image, batch.tasks.end(),
                     [](const ImageTask& a, const ImageTask& b) { return a.part.begin < b.part.begin; });
  for (std::uint32_t i = record.first_image; i < batch.tasks.size(); ++i)
    if (batch.tasks[i].outcome == ImageOutcome::pending) {
      batch.pending.push_back(i);
      batch.pending_line.push_back(static_cast<std::uint32_t>(batch.records.size() - 1));
    }
}

// Bytes to be taken out so that a dropped part leaves no comma after. `earlier_kept`: some part before it stays.
example::Edit removal(const ImageTask& task, bool earlier_kept) {
  if (earlier_kept) return {task.previous_end, task.part.end, {}, nullptr};
  return {task.part.begin, task.next_begin, {}, nullptr};
}

// Drops what is refused where the options say so; false when the line must be rejected.
bool apply_refusals(Batch& batch, LineRecord& record, const LineContext& context) {
  const auto tasks = std::span(batch.tasks).subspan(record.first_image, record.images);
  std::uint64_t kept_images = 0;
  std::uint32_t dropped_here = 0;
  ImageTask* first_dropped = nullptr;  // of the message
  for (ImageTask& task : tasks) {
    if (first_dropped != nullptr && task.message != first_dropped->message) first_dropped = nullptr;
    if (first_dropped == nullptr) dropped_here = 0;
    if (task.outcome != ImageOutcome::refused) {
      if (++kept_images > context.limits.max_images_per_example) {
        return reject(record, {FaultCode::too_many_images, pointer_to(task),
                               fmt::format("the example has more than {} images (--max-images-per-example)",
                                           context.limits.max_images_per_example)});
      }
      continue;
    }
    const bool drops = task.fault->code == FaultCode::assistant_image || context.line.on_bad_image == OnBad::drop;
    // Dropping every part would leave an empty content array, which is no valid message.
    const bool all_gone = dropped_here == task.index && task.index + 1 == task.siblings;
    if (!drops || task.fault->code == FaultCode::internal_error) return reject(record, std::move(*task.fault));
    if (first_dropped == nullptr) first_dropped = &task;
    if (all_gone) return reject(record, std::move(*first_dropped->fault));
    record.edits.push_back(removal(task, dropped_here < task.index));
    task.outcome = ImageOutcome::dropped;
    ++dropped_here;
  }
  return true;
}

// The line's length at each level: what stands in it now, and the lengths of its images' values in place of theirs.
void measure_line(const Batch& batch, LineRecord& record, const LineContext& context) {
  record.level_bytes.assign(context.levels.size(), record.output_bytes);
  for (const ImageTask& task : std::span(batch.tasks).subspan(record.first_image, record.images)) {
    if (task.outcome == ImageOutcome::dropped || !task.converted || task.converted->level_chars.empty()) continue;
    for (std::size_t i = 0; i < context.levels.size(); ++i)
      record.level_bytes[i] = record.level_bytes[i] - (task.value.size() - 2) + task.converted->level_chars[i];
  }
}

void assemble_line(Batch& batch, LineRecord& record, const LineContext& context) {
  if (record.state == LineState::rejected || !apply_refusals(batch, record, context)) return;
  for (ImageTask& task : std::span(batch.tasks).subspan(record.first_image, record.images)) {
    if (task.outcome == ImageOutcome::dropped) continue;
    if (task.string_form) {
      task.conversions.add(Conversion::url_object);
      record.edits.push_back({task.value.begin, task.value.begin, as_bytes("{\"url\":"), nullptr});
    }
    if (!task.edit.text.empty()) record.edits.push_back(std::move(task.edit));
    if (!task.detail.text.empty()) {
      task.conversions.add(Conversion::detail);
      record.edits.push_back(std::move(task.detail));
    }
    if (task.string_form) record.edits.push_back({task.value.end, task.value.end, as_bytes("}"), nullptr});
  }
  example::sort_edits(record.edits);
  record.output_bytes = example::spliced_bytes(batch.line(record), record.edits) + 1;
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
  Sha256 digest;
  std::vector<iovec> pieces;
  for (LineRecord& record : batch.records) {
    if (record.state != LineState::written) continue;
    pieces.clear();
    example::append_pieces(batch.line(record), record.edits, pieces);
    for (const iovec& piece : pieces) digest.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
    record.digest = output::example_digest(digest.finish());
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
    auto converted = convert(work.batch->task(work.pending_index), line, context);
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
