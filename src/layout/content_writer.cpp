#include "layout/content_writer.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "example/image_mark.h"
#include "image/image_url.h"

namespace visionshard::layout {
namespace {

// The media type of base64 by its first characters. What is none of these has no header that would be true.
std::string_view media_type_of(std::string_view base64) {
  constexpr std::pair<std::string_view, std::string_view> starts[] = {
      {"/9j/", "image/jpeg"}, {"iVBOR", "image/png"}, {"UklGR", "image/webp"}, {"R0lGOD", "image/gif"}};
  for (const auto& [start, type] : starts)
    if (base64.starts_with(start)) return type;
  return "application/octet-stream";
}

}  // namespace

void ContentWriter::note_repeated(const Place& place, std::string_view inner, std::string_view key) {
  if (!repeated_) repeated_ = RepeatedKey{fmt::format("{}{}/{}", place.pointer(), inner, key), std::string(key)};
}

// The values of some keys of an object, which stands at `inner` of `place`.
template <std::size_t... Sizes>
auto ContentWriter::fields(const Value& object, const Place& place, std::string_view inner, bool& has_others,
                           const char (&... names)[Sizes]) {
  std::array<Value, sizeof...(Sizes)> values;
  if (object.shape() != Shape::object) return values;
  object.each_field([&](const Value& key, const Value& value) {
    const JsonString name = key.string();
    std::size_t i = 0;
    const auto take = [&](bool same, std::string_view known) {
      if (same && values[i].is_there()) note_repeated(place, inner, known);
      if (same) values[i] = value;
      ++i;
      return same;
    };
    if (!(take(name.is(names), names) || ...) && !value.is_null()) has_others = true;
  });
  return values;
}

void ContentWriter::write(const Value& content, const Place& place) {
  const bool marks = layout_ == InputLayout::conversations || layout_ == InputLayout::marked;
  if (marks && content.is_string() && has_mark(content)) {
    out_.open('[');
    write_marked(content, place);
    out_.close(']');
  } else if (content.shape() == Shape::array) {
    write_parts(content, place);
  } else {
    out_.copy(content);
  }
}

void ContentWriter::write_parts(const Value& parts, const Place& place) {
  out_.open('[');
  Place at = place;
  const bool is_list = parts.shape() == Shape::array;
  if (is_list) at.sub = 0;
  const auto write_next = [&](const Value& part) {
    if (!is_full()) write_part(part, at);
    ++at.sub;
  };
  if (is_list)
    parts.each_element(write_next);
  else
    write_next(parts);
  out_.close(']');
}

void ContentWriter::write_part(const Value& part, const Place& place) {
  if (part.shape() != Shape::object) return copy_part(part, place);
  if (layout_ == InputLayout::contents) return write_gemini_part(part, place);
  Value type;
  part.each_field([&](const Value& key, const Value& value) {
    if (!key.string().is("type")) return;
    if (type.is_there()) note_repeated(place, "", "type");
    type = value;
  });
  write_typed_part(part, type, place);
}

void ContentWriter::write_typed_part(const Value& part, const Value& type, const Place& place) {
  switch (layout_) {
    case InputLayout::responses:
      if (type.is_string("input_image")) return write_input_image(part, place);
      if (!type.is_string("input_text") && !type.is_string("output_text")) break;
      origins_.add_part(place);
      out_.open('{');
      part.each_field([&](const Value& key, const Value& value) {
        if (!key.string().is("type")) return out_.copy_field(key, value);
        out_.key("type");
        out_.string("text");
      });
      return out_.close('}');
    case InputLayout::blocks:
      if (type.is_string("image")) return write_source_part(part, place);
      break;
    case InputLayout::parts:
      if (type.is_string("image")) return write_image_part(part, place);
      break;
    default: {  // with marks
      bool others = false;
      const auto [kind, text] = fields(part, place, "", others, "type", "text");
      if (!kind.is_string("text") || !text.is_string() || !has_mark(text)) break;
      drops_keys_ |= others;
      return write_marked(text, place);
    }
  }
  copy_part(part, place);
}

// Responses: image_url is a string, and detail stands beside it.
void ContentWriter::write_input_image(const Value& part, const Place& place) {
  bool others = false;
  const auto [type, url, detail] = fields(part, place, "", others, "type", "image_url", "detail");
  if (!url.is_string()) return copy_part(part, place);
  drops_keys_ |= others;
  write_image_url(url, place, detail);
}

// Anthropic: "source" with base64 or a URL.
void ContentWriter::write_source_part(const Value& part, const Place& place) {
  bool others = false;
  const auto [type, source] = fields(part, place, "", others, "type", "source");
  const auto [kind, media_type, data, url] =
      fields(source, place, "/source", others, "type", "media_type", "data", "url");
  if (kind.is_string("base64") && data.is_string() && (media_type.is_null() || media_type.is_string())) {
    drops_keys_ |= others;
    write_image_data(media_type.is_null() ? "" : media_type.string().text, data.string().text, place);
  } else if (kind.is_string("url") && url.is_string()) {
    drops_keys_ |= others;
    write_image_url(url, place);
  } else {
    copy_part(part, place);
  }
}

// Gemini: one of text, inlineData, fileData; Google's clients write the names in either case.
void ContentWriter::write_gemini_part(const Value& part, const Place& place) {
  bool others = false;
  const auto [text, inline_data, inline_camel, file_data, file_camel] =
      fields(part, place, "", others, "text", "inline_data", "inlineData", "file_data", "fileData");
  const Value data = inline_data.is_null() ? inline_camel : inline_data;
  const Value file = file_data.is_null() ? file_camel : file_data;
  if (!inline_data.is_null() && !inline_camel.is_null()) note_repeated(place, "", "inlineData");
  if (!file_data.is_null() && !file_camel.is_null()) note_repeated(place, "", "fileData");
  const std::string_view data_key = inline_data.is_null() ? "/inlineData" : "/inline_data";
  const std::string_view file_key = file_data.is_null() ? "/fileData" : "/file_data";
  const auto [mime, mime_camel, bytes] = fields(data, place, data_key, others, "mime_type", "mimeType", "data");
  const auto [file_mime, file_mime_camel, uri, uri_camel] =
      fields(file, place, file_key, others, "mime_type", "mimeType", "file_uri", "fileUri");
  const Value media_type = mime.is_null() ? mime_camel : mime, file_uri = uri.is_null() ? uri_camel : uri;
  const bool has_text = text.is_string();
  const bool has_data = bytes.is_string() && (media_type.is_null() || media_type.is_string());
  const bool has_file = file_uri.is_string();
  if (has_text + has_data + has_file != 1 || text.is_null() + data.is_null() + file.is_null() != 2)
    return copy_part(part, place);
  drops_keys_ |= others;
  if (has_text)
    write_text(text.string().text, place);
  else if (has_data)
    write_image_data(media_type.is_null() ? "" : media_type.string().text, bytes.string().text, place);
  else
    write_image_url(file_uri, place);
}

// TRL and Axolotl: the image by one of four keys, or the next of those beside the messages. Tables of datasets give
// every part every key, most with null.
void ContentWriter::write_image_part(const Value& part, const Place& place) {
  bool others = false;
  const auto [type, detail, image, path, url, base64] =
      fields(part, place, "", others, "type", "detail", "image", "path", "url", "base64");
  const int given = 4 - image.is_null() - path.is_null() - url.is_null() - base64.is_null();
  // An image that is given in another way is not one that has to be found beside the messages.
  if (given > 1 || (given == 0 && others && listed_.images.empty())) return copy_part(part, place);
  drops_keys_ |= others;
  if (given == 0) return write_listed();
  if (base64.is_string()) return write_image_data("", base64.string().text, place, detail);
  const Value value = !image.is_null() ? image : !path.is_null() ? path : !url.is_null() ? url : base64;
  const std::string_view key = !image.is_null()  ? "/image"
                               : !path.is_null() ? "/path"
                               : !url.is_null()  ? "/url"
                                                 : "/base64";
  if (value.shape() == Shape::object) return write_listed_image(value, place, key);
  write_image_url(value, place, detail);
}

bool ContentWriter::has_mark(const Value& text) const { return example::find_mark(text.string(), 0).has_value(); }

void ContentWriter::write_marked(const Value& text, const Place& place) {
  const JsonString string = text.string();
  std::size_t at = 0;
  for (auto mark = example::find_mark(string, 0); mark; mark = example::find_mark(string, at)) {
    if (mark->begin > at) write_text(string.text.substr(at, mark->begin - at), place);
    write_listed();
    at = mark->end;
  }
  if (at < string.text.size()) write_text(string.text.substr(at), place);
}

void ContentWriter::write_listed() {
  const std::size_t index = listed_.wanted++;
  if (index >= listed_.images.size() || is_full()) return;  // the number is wrong, or too large
  Place at{listed_.key};
  if (listed_.is_list) at.index = static_cast<std::uint32_t>(index);
  const Value& image = listed_.images[index];
  // A list in the list: several pictures for one mark, as LLaMA-Factory has the frames of a video.
  if (image.shape() == Shape::array)
    image.each_element([&](const Value& each) {
      if (!is_full()) write_listed_image(each, at);
    });
  else
    write_listed_image(image, at);
}

// A string, or an object as Hugging Face's datasets write an image.
void ContentWriter::write_listed_image(const Value& image, const Place& place, std::string_view inner) {
  if (image.shape() != Shape::object) return write_image_url(image, place);
  bool others = false;
  const auto [path, url, base64, bytes] = fields(image, place, inner, others, "path", "url", "base64", "bytes");
  if (4 - path.is_null() - url.is_null() - base64.is_null() - bytes.is_null() != 1)
    return write_image_url(image, place);
  drops_keys_ |= others;
  const Value data = base64.is_null() ? bytes : base64;
  if (data.is_string()) return write_image_data("", data.string().text, place);
  write_image_url(!path.is_null() ? path : !url.is_null() ? url : data, place);
}

void ContentWriter::copy_part(const Value& part, const Place& place) {
  origins_.add_part(place);
  out_.copy(part);
}

void ContentWriter::write_text(std::string_view inside, const Place& place) {
  origins_.add_part(place);
  out_.open('{');
  out_.key("type");
  out_.string("text");
  out_.key("text");
  out_.string(inside);
  out_.close('}');
}

template <class WriteUrl>
void ContentWriter::write_image(const Place& place, const Value& detail, WriteUrl&& write_url) {
  origins_.add_part(place);
  out_.open('{');
  out_.key("type");
  out_.string("image_url");
  out_.key("image_url");
  out_.open('{');
  out_.key("url");
  write_url();
  if (!detail.is_null()) {
    out_.key("detail");
    out_.copy(detail);
  }
  out_.close('}');
  out_.close('}');
}

void ContentWriter::write_image_url(const Value& url, const Place& place, const Value& detail) {
  write_image(place, detail, [&] { out_.copy(url); });
}

void ContentWriter::write_image_data(std::string_view media_type, std::string_view data, const Place& place,
                                     const Value& detail) {
  write_image(place, detail, [&] {
    out_.begin_string();
    if (!image::begins_as_data_url(data)) {
      out_.add_to_string("data:");
      out_.add_to_string(media_type.empty() ? media_type_of(data) : media_type);
      out_.add_to_string(";base64,");
    }
    out_.add_to_string(data);
    out_.end_string();
  });
}

}  // namespace visionshard::layout
