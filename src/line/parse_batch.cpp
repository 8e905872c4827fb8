#include <algorithm>

#include "base/json_text.h"
#include "example/method.h"
#include "example/places.h"
#include "example/restructure.h"
#include "layout/written_form.h"
#include "line/classify_image.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/stages.h"
#include "line/translate_line.h"

namespace visionshard::line {
namespace {

using image::Conversion;

// Estimated memory of a line's record and its fault, with their texts.
constexpr std::uint64_t record_bytes = 300;

Conversion conversion_of(example::Rewrite kind) {
  switch (kind) {
    case example::Rewrite::developer_role: return Conversion::developer_role;
    case example::Rewrite::same_role: return Conversion::same_role;
    case example::Rewrite::string_content: return Conversion::string_content;
    default: return Conversion::unknown_key;
  }
}

// Replaces a record of rejected.jsonl by the line that it contains.
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

// Fills the scratch's spans. False when the line is rejected.
bool read_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  std::string_view line = batch.text_of(record);
  for (bool unwrapped = false;; unwrapped = true) {
    if (auto parsed = scratch.parser.parse(line, scratch.spans); !parsed)
      return reject(record, std::move(parsed.error()));
    if (!scratch.spans.is_reject_record() || unwrapped) break;
    if (auto taken = unwrap(record, line, scratch.spans, context); !taken)
      return reject(record, std::move(taken.error()));
    line = batch.text_of(record);
  }
  if (auto translated = translate_line(batch, record, context.line, scratch); !translated)
    return reject(record, std::move(translated.error()));
  if (context.limits.example_rules) record.methods = example::methods_of(scratch.spans, context.limits);
  return true;
}

bool validate_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (!read_line(batch, record, context, scratch)) return false;
  const std::string_view line = batch.text_of(record);
  example::validate(line, scratch.spans, context.limits, context.line, scratch.validation);
  if (scratch.validation.fault) return reject(record, std::move(*scratch.validation.fault));
  return true;
}

RunResult<void> parse_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (!validate_line(batch, record, context, scratch)) return {};
  const std::string_view line = batch.text_of(record);
  if (const example::ExampleSpans& spans = scratch.spans; spans.hidden_image != example::HiddenImage::none) {
    record.hidden_image = spans.hidden_image;
    record.hidden_pointer = record.original_pointer(example::pointer_at(line, spans, spans.hidden_image_at));
  }
  for (const example::StructureChange change : example::structure_changes(scratch.spans, context.limits))
    record.conversions.add(conversion_of(change.kind));
  if (record.conversions.any()) example::restructure(line, scratch.spans, context.limits, record.edits);
  if (const auto form = layout::written_form(context.line.layout, context.line.images);
      form != layout::WrittenForm::chat) {
    if (auto checked = layout::check_form(line, scratch.spans, form); !checked) {
      reject(record, std::move(checked.error()));
      return {};
    }
    layout::add_form_edits(scratch.spans, form, record.edits);
    if (scratch.spans.messages_shape == example::Shape::array) record.images_at = scratch.spans.messages_range.end;
  }
  if (example::is_preference(scratch.spans) && example::has_equal_outputs(line, scratch.spans))
    record.conversions.add(Conversion::equal_outputs);
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
    if (auto classified = classify_image(task, line, context, scratch); !classified) {
      if (RunFault* const fault = std::get_if<RunFault>(&classified.error())) return tl::unexpected(std::move(*fault));
      refuse(task, std::get<ImageFault>(std::move(classified.error())));
    }
    if (task.outcome == ImageOutcome::refused && context.line.on_bad_image == OnBad::reject) break;
  }
  record.images = static_cast<std::uint32_t>(batch.tasks.size()) - record.first_image;
  if (record.images > 1)
    std::stable_sort(batch.tasks.begin() + record.first_image, batch.tasks.end(),
                     [](const ImageTask& a, const ImageTask& b) { return a.part.begin < b.part.begin; });
  for (std::uint32_t i = record.first_image; i < batch.tasks.size(); ++i)
    if (batch.tasks[i].outcome == ImageOutcome::pending)
      batch.add_pending(i, static_cast<std::uint32_t>(batch.records.size() - 1));
  return {};
}

}  // namespace

RunResult<void> parse_batch(LineBatch& batch, const LineContext& context, Scratch& scratch) {
  auto cut = cut_lines(batch, context.line, scratch,
                       [&](LineRecord& record) { return parse_line(batch, record, context, scratch); });
  batch.kept_bytes = batch.records.size() * record_bytes;
  for (const LineRecord& record : batch.records)
    if (record.chat) batch.kept_bytes += record.chat->text.capacity() + record.chat->origins.memory_bytes();
  return cut;
}

RunResult<void> find_line_methods(LineBatch& batch, const LineContext& context, Scratch& scratch) {
  return cut_lines(batch, context.line, scratch, [&](LineRecord& record) {
    read_line(batch, record, context, scratch);
    return RunResult<void>();
  });
}

}  // namespace visionshard::line
