#include "layout/written_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "example/image_mark.h"
#include "example/method.h"
#include "example/places.h"

namespace visionshard::layout {
namespace {

using example::Edit;
using example::Message;
using example::Part;
using example::PartType;
using example::Shape;

tl::unexpected<Fault> fault(FaultCode code, std::string pointer, std::string detail) {
  return tl::unexpected(Fault{code, std::move(pointer), std::move(detail)});
}

std::span<const Part> parts_of(const example::ExampleSpans& spans, const Message& message) {
  return std::span(spans.parts).subspan(message.parts_begin, message.parts_end - message.parts_begin);
}

std::size_t marks_in(std::string_view inside) {
  const example::JsonString string{inside, inside.find('\\') != std::string_view::npos};
  std::size_t marks = 0;
  for (auto mark = example::find_mark(string, 0); mark; mark = example::find_mark(string, mark->end)) ++marks;
  return marks;
}

// Marks that readers would see in texts: neighbors become one string, in which two halves can be a mark.
std::size_t literal_marks(std::string_view line, const example::ExampleSpans& spans, const Message& message) {
  if (message.content == Shape::string) return marks_in(example::inside(message.content_range.of(line)));
  std::size_t marks = 0;
  std::string run;
  for (const Part& part : parts_of(spans, message)) {
    if (part.type == PartType::text && part.text == Shape::string) {
      run += example::inside(part.text_range.of(line));
      continue;
    }
    marks += marks_in(run);
    run.clear();
  }
  return marks + marks_in(run);
}

tl::expected<void, Fault> check_parts(const example::ExampleSpans& spans, std::uint32_t m) {
  const Message& message = spans.messages[m];
  for (std::uint32_t p = message.parts_begin; p < message.parts_end; ++p) {
    const Part& part = spans.parts[p];
    const bool is_text = part.type == PartType::text && part.text == Shape::string;
    if (!is_text && !part.is_image())
      return fault(FaultCode::bad_part, part_pointer(spans, {m, p}),
                   "the layout has no place for parts but texts and images");
  }
  return {};
}

// Whether the value is null, an empty array or an empty text.
bool lists_nothing(std::string_view line, const example::Field& field) {
  std::string value(line.substr(field.key_end, field.range.end - field.key_end));
  std::erase_if(value, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return value == ":null" || value == ":[]" || value == ":\"\"";
}

// The parts' texts between quotes; images keep their parts' ranges.
void add_string_edits(std::span<const Part> parts, const Message& message, std::vector<Edit>& edits) {
  if (parts.empty())
    return edits.push_back({message.content_range.begin, message.content_range.end, as_bytes("\"\""), {}});
  std::uint32_t at = message.content_range.begin;
  std::string_view before = "\"";
  for (const Part& part : parts) {
    const bool is_text = !part.is_image();
    edits.push_back({at, is_text ? part.text_range.begin + 1 : part.range.begin, as_bytes(before), {}});
    at = is_text ? part.text_range.end - 1 : part.range.end;
    before = "";
  }
  edits.push_back({at, message.content_range.end, as_bytes("\""), {}});
}

}  // namespace

std::string_view image_stand_in(WrittenForm form) noexcept {
  return form == WrittenForm::marks ? "<image>" : R"({"type":"image"})";
}

tl::expected<void, Fault> check_form(std::string_view line, const example::ExampleSpans& spans, WrittenForm form) {
  if (example::is_preference(spans))
    return fault(FaultCode::bad_messages, "", "a preference example, which the layout has no place for");
  bool has_empty[2] = {};
  for (const example::Field& field : spans.fields) {
    const std::string pointer = field_pointer(line, field);
    if (pointer != "/images" && pointer != "/image") continue;  // readers take either
    if (!lists_nothing(line, field) || std::exchange(has_empty[pointer == "/image"], true))
      return fault(FaultCode::duplicate_key, pointer,
                   fmt::format("the line has \"{}\" already, where the layout lists its images", pointer.substr(1)));
  }
  std::size_t literal = 0, images = 0;
  const Message* first = nullptr;
  for (std::uint32_t m = 0; m < spans.messages.size(); ++m) {
    const Message& message = spans.messages[m];
    if (auto checked = check_parts(spans, m); !checked) return checked;
    if (form != WrittenForm::marks) continue;
    const std::size_t marks =
        message.content == Shape::string || message.content == Shape::array ? literal_marks(line, spans, message) : 0;
    if (marks > 0 && first == nullptr) first = &message;
    literal += marks;
    for (const Part& part : parts_of(spans, message)) images += part.is_image();
  }
  if (literal == 0) return {};
  return fault(FaultCode::image_count, example::message_pointer(*first) + "/content",
               fmt::format("with the texts' own \"<image>\" the line would have {} marks for {} images",
                           literal + images, images));
}

std::vector<MarkWithoutImages> marks_without_images(std::string_view line, const example::ExampleSpans& spans) {
  std::vector<MarkWithoutImages> found;
  for (const Message& message : spans.messages) {
    if (message.content != Shape::array) continue;
    const std::span<const Part> parts = parts_of(spans, message);
    std::string all;  // the texts as they are without any image
    std::vector<std::size_t> ends;
    for (const Part& part : parts) {
      if (!part.is_image()) all += example::inside(part.text_range.of(line));
      ends.push_back(all.size());
    }
    const auto part_of = [&](std::size_t at) {
      return static_cast<std::size_t>(std::ranges::upper_bound(ends, at) - ends.begin());
    };
    const example::JsonString string{all, all.find('\\') != std::string::npos};
    for (auto mark = example::find_mark(string, 0); mark; mark = example::find_mark(string, mark->end)) {
      const std::size_t first = part_of(mark->begin), last = part_of(mark->end - 1);
      MarkWithoutImages& one = found.emplace_back();
      one.between = {parts[first].range.end, parts[last].range.begin};
      for (std::size_t i = first; i < last; ++i) one.images += parts[i].is_image();
    }
  }
  return found;
}

example::Range empty_images(std::string_view line, const example::ExampleSpans& spans) {
  const auto& fields = spans.fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (field_pointer(line, fields[i]) == "/images" && lists_nothing(line, fields[i]))
      return i > 0 ? example::Range{fields[i - 1].range.end, fields[i].range.end}
                   : example::Range{fields[0].range.begin, fields[1].range.begin};
  return {};
}

void add_form_edits(const example::ExampleSpans& spans, WrittenForm form, std::vector<Edit>& edits) {
  for (const Message& message : spans.messages) {
    if (form == WrittenForm::marks && message.content == Shape::array) {
      add_string_edits(parts_of(spans, message), message, edits);
    } else if (form == WrittenForm::parts && message.content == Shape::string) {
      const example::Range content = message.content_range;
      edits.push_back({content.begin, content.begin, as_bytes(R"([{"type":"text","text":)"), {}});
      edits.push_back({content.end, content.end, as_bytes("}]"), {}});
    }
  }
}

}  // namespace visionshard::layout
