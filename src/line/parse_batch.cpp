#include <algorithm>

#include "example/method.h"
#include "example/places.h"
#include "example/restructure.h"
#include "example/text_tokens.h"
#include "image/image_url.h"
#include "layout/written_form.h"
#include "line/classify_image.h"
#include "line/exclude.h"
#include "line/line_cutter.h"
#include "line/read_line.h"
#include "line/stages.h"

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

bool is_unusual(const example::ExampleSpans& spans, const LineContext& context) noexcept {
  return context.line.layout != OutputLayout::chat || spans.messages_shape == example::Shape::missing;
}

// Whether a line in the chat layout would be read in another one without its images.
bool is_chat_by_images(const example::ExampleSpans& spans) noexcept {
  constexpr auto image = example::layout_sign::chat_image;
  return (spans.layout_signs & image) != 0 &&
         layout::layout_of(static_cast<std::uint16_t>(spans.layout_signs & ~image)) != InputLayout::chat;
}

// What few lines need; apart, so that the usual way stays small. False when the line is rejected.
[[gnu::noinline]] bool prepare_unusual(LineRecord& record, std::string_view line, const example::ExampleSpans& spans,
                                       const LineContext& context) {
  if (example::is_preference(spans) && example::has_equal_outputs(line, spans))
    record.conversions.add(Conversion::equal_outputs);
  const layout::WrittenForm form = layout::written_form(context.line.layout, context.line.images);
  if (form == layout::WrittenForm::chat) return true;
  if (auto checked = layout::check_form(line, spans, form); !checked) return reject(record, std::move(checked.error()));
  if (form == layout::WrittenForm::marks)
    if (auto marks = layout::marks_without_images(line, spans); !marks.empty())
      record.with_extras().marks_without_images = std::move(marks);
  layout::add_form_edits(spans, form, record.edits);
  if (spans.messages_shape == example::Shape::array) {
    record.with_extras().images_at = spans.messages_range.end;
    record.extras->empty_images = layout::empty_images(line, spans);
  }
  return true;
}

// Whether the image is a URL that is written as it stands: it needs no task. (Tasks of 300 bytes took a tenth of the
// time of a corpus of URLs, most of it to move them from the processor that parses to the one that commits.) Where
// refused images are dropped, all images of a line have tasks, since those that stay are counted against the limit
// there. A store, a list of --exclude, a split by images, near-duplicates, which count them, and the layouts of local
// trainers look at all of them.
bool is_kept_url(std::string_view line, const example::Part& part, const LineContext& context) noexcept {
  return context.limits.urls && !context.store && !context.exclusions && context.keys != KeyKind::images &&
         !context.hash_pictures && context.line.on_bad_image == OnBad::reject &&
         context.line.detail == DetailOption::keep && context.line.layout == OutputLayout::chat &&
         part.image_url == example::Shape::object && image::is_plain_web_url(inside(line, part.url_range));
}

// False when the line is rejected or excluded.
bool validate_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (!read_line(batch, record, context, scratch)) return false;
  const std::string_view line = batch.text_of(record);
  example::validate(line, scratch.spans, context.limits, context.line, scratch.validation);
  if (scratch.validation.fault) return reject(record, std::move(*scratch.validation.fault));
  return true;
}

RunResult<void> parse_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if ((context.exclusions || context.line.sample != Share()) && !is_included(batch, record, context)) return {};
  if (!validate_line(batch, record, context, scratch)) return {};
  const std::string_view line = batch.text_of(record);
  if (const example::ExampleSpans& spans = scratch.spans; spans.hidden_image != example::HiddenImage::none) {
    LineExtras& extras = record.with_extras();
    extras.hidden_image = spans.hidden_image;
    extras.hidden_pointer = record.original_pointer(example::pointer_at(line, spans, spans.hidden_image_at));
  }
  for (const example::StructureChange change : example::structure_changes(scratch.spans, context.limits))
    record.conversions.add(conversion_of(change.kind));
  if (record.conversions.any()) example::restructure(line, scratch.spans, context.limits, record.edits);
  if (context.line.from == InputLayout::automatic && !context.limits.known_keys_only &&
      is_chat_by_images(scratch.spans))
    record.with_extras().is_chat_by_images = true;
  if (is_unusual(scratch.spans, context) && !prepare_unusual(record, line, scratch.spans, context)) return {};
  record.first_image = static_cast<std::uint32_t>(batch.tasks.size());
  for (const example::ImageRef ref : scratch.validation.dropped) {
    ImageTask& task = batch.tasks.emplace_back(task_of(scratch.spans, ref, context.line.detail));
    if (scratch.spans.messages[ref.message].role == example::Role::assistant)
      refuse(task, {FaultCode::assistant_image, "an image stands in an assistant message"});
    else
      refuse(task, {FaultCode::image_role, "an image stands outside a user message"});
  }
  for (const example::ImageRef ref : scratch.validation.images) {
    if (is_kept_url(line, scratch.spans.parts[ref.part], context)) {
      ++record.kept_urls;
      continue;
    }
    ImageTask& task = batch.tasks.emplace_back(task_of(scratch.spans, ref, context.line.detail));
    if (auto classified = classify_image(task, line, context, scratch); !classified) {
      if (RunFault* const fault = std::get_if<RunFault>(&classified.error())) return tl::unexpected(std::move(*fault));
      refuse(task, std::get<ImageFault>(std::move(classified.error())));
    }
    if (task.exclusion != Exclusion::none && context.line.on_excluded == OnExcluded::exclude) {
      exclude(record, task.exclusion);
      batch.tasks.resize(record.first_image);
      return {};
    }
    if (task.fault && context.line.on_bad_image == OnBad::reject) break;
  }
  if (context.line.max_tokens != no_limit)
    record.text_tokens = static_cast<std::uint32_t>(example::estimate_text_tokens(line, scratch.spans));
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
  batch.kept_bytes += batch.records.size() * record_bytes;
  return cut;
}

}  // namespace visionshard::line
