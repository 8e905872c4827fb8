#include "example/content_walker.h"

#include <algorithm>

namespace visionshard::example {
namespace {

PartType part_type_of(const JsonString& value) {
  if (value.is("text")) return PartType::text;
  if (value.is("image_url")) return PartType::image_url;
  if (value.is("refusal")) return PartType::refusal;
  return PartType::unknown;
}

Detail detail_of(const JsonString& value) {
  if (value.is("low")) return Detail::low;
  if (value.is("high")) return Detail::high;
  if (value.is("auto")) return Detail::automatic;
  return Detail::unknown;
}

}  // namespace

void ContentWalker::note_hidden(HiddenImage kind, std::uint32_t at) noexcept {
  if (spans_.hidden_image == HiddenImage::none) {
    spans_.hidden_image = kind;
    spans_.hidden_image_at = at;
  }
}

bool ContentWalker::walk_text(Shape& shape, Range& range, unsigned depth) {
  if (!walk_any(shape, range, depth)) return false;
  if (shape != Shape::string || spans_.hidden_image != HiddenImage::none) return true;
  note_hidden(image_hidden_in(inside(range.of(line()))), range.begin);
  return true;
}

bool ContentWalker::is_full(std::size_t elements) {
  if (elements < max_elements) return false;
  if (spans_.cut_off_at == nowhere) spans_.cut_off_at = at();
  return true;
}

bool ContentWalker::walk_image_url(Part& part) {
  part.image_url_at = at();
  if (peek() != '{') {
    if (!walk_any(part.image_url, part.url_range, 5)) return false;
    part.url = part.image_url;
    return true;
  }
  part.image_url = Shape::object;
  part.url = Shape::missing;
  return each_field(5, [&](const JsonString& name) {
    if (name.is("url")) {
      if (part.url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      return walk_any(part.url, part.url_range, 6);
    }
    if (!name.is("detail")) return walk_rest(6);
    Shape shape;
    Range range;
    if (!walk_any(shape, range, 6)) return false;
    part.detail_range = range;
    part.detail = shape == Shape::string ? detail_of(string_in(range)) : Detail::unknown;
    return true;
  });
}

bool ContentWalker::walk_part(std::uint32_t index) {
  // The message of the part is listed already, but is counted after its parts.
  if (is_full(spans_.messages.size() - 1 + spans_.parts.size())) return walk_rest(4);
  // Filled in its place: a copy would wait for the single fields to be written.
  Part& part = spans_.parts.emplace_back();
  part.index = index;
  part.range.begin = at();
  if (peek() != '{') {
    Shape shape;
    return walk_any(shape, part.range, 4);
  }
  part.is_object = true;
  bool other_layout = false, is_image = false, has_source = false;
  const bool walked = each_field(4, [&](const JsonString& name) {
    if (name.is("type")) {
      if (part.type != PartType::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      Shape shape;
      Range range;
      if (!walk_any(shape, range, 5)) return false;
      part.type_at = range.begin;
      part.type = shape == Shape::string ? part_type_of(string_in(range)) : PartType::unknown;
      part.ever_image |= part.type == PartType::image_url;
      if (part.type == PartType::unknown && shape == Shape::string) {
        const JsonString type = string_in(range);
        const bool is_input_image = type.is("input_image");
        is_image |= type.is("image");
        other_layout |= is_image || is_input_image || type.is("image_file");
        if (is_input_image || type.is("input_text") || type.is("output_text"))
          spans_.layout_signs |= layout_sign::input_part;
      }
      return true;
    }
    if (name.is("image_url")) {
      if (part.image_url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      return walk_image_url(part);
    }
    Range range;
    if (name.is("text")) return walk_text(part.text, part.text_range, 5);
    if (name.is("inline_data") || name.is("inlineData")) other_layout = true;
    if (name.is("refusal")) return walk_any(part.refusal, range, 5);
    has_source |= name.is("source");
    return walk_rest(5);
  });
  if (!walked) return false;
  part.range.end = container_end();
  // Of two types one of which is another layout's image, a parser may take either.
  part.ever_image |= part.duplicate_at != nowhere && other_layout;
  if (is_image) spans_.layout_signs |= has_source ? layout_sign::sourced_image : layout_sign::image_part;
  if (other_layout && !part.is_image()) note_hidden(HiddenImage::other_layout, part.range.begin);
  return true;
}

bool ContentWalker::walk_content(Message& message) {
  if (peek() != '[') return walk_text(message.content, message.content_range, 3);
  message.content = Shape::array;
  message.content_range.begin = at();
  std::uint32_t index = 0;
  if (!each_element(3, [&] { return walk_part(index++); })) return false;
  message.content_range.end = container_end();
  return true;
}

}  // namespace visionshard::example
