#include "example/hidden_image.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "base/json_text.h"

namespace visionshard::example {
namespace {

// Also as escapes of JSON and of URLs write it.
bool may_be_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '\\' || c == '%';
}

bool has_scheme(std::string_view header) noexcept {
  for (std::size_t at = header.find(':'); at != std::string_view::npos; at = header.find(':', at + 1))
    if (at >= 4 && ascii::begins_in_any_case(header.substr(at - 4), "data:")) return true;
  return false;
}

void skip_blanks(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// Whether `text` begins with ";base64," and some data, with blanks between them as image values may have them.
bool begins_with_data(std::string_view text) noexcept {
  constexpr std::size_t data_bytes = 16;
  for (const std::string_view word : {";", "base64", ","}) {
    if (!ascii::begins_in_any_case(text, word)) return false;
    text.remove_prefix(word.size());
    skip_blanks(text);
  }
  const std::string_view data = text.substr(0, data_bytes);
  return data.size() == data_bytes && std::all_of(data.begin(), data.end(), may_be_base64);
}

// Requires ";base64," between "data:", a media type and some data: a text about data URLs has no data.
bool has_data_url(std::string_view text) noexcept {
  constexpr std::size_t header_bytes = 500;
  for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    if (!begins_with_data(text.substr(at))) continue;
    const std::size_t begin = at - std::min(at, header_bytes);
    if (has_scheme(text.substr(begin, at - begin))) return true;
  }
  return false;
}

// A list of parts, or one: some "type" is "image_url" or the like, in quotes of either kind.
bool has_parts(std::string_view text) {
  const auto skip = [&](std::size_t& at, std::string_view characters) {
    at = std::min(text.find_first_not_of(characters, at), text.size());
  };
  std::size_t begin = 0;
  skip(begin, " \t\r\n");
  if (begin == text.size() || (text[begin] != '[' && text[begin] != '{')) return false;
  for (std::size_t at = text.find("type"); at != std::string_view::npos; at = text.find("type", at)) {
    const char quote = at > 0 ? text[at - 1] : '\0';
    at += 4;
    if ((quote != '"' && quote != '\'') || text.compare(at, 1, &quote, 1) != 0) continue;
    skip(++at, " \t\r\n");
    if (text.compare(at, 1, ":") != 0) continue;
    skip(++at, " \t\r\n");
    for (const std::string_view kind : {"image_url", "image", "input_image"})
      if (text.compare(at, 1, &quote, 1) == 0 && text.compare(at + 1, kind.size(), kind) == 0 &&
          text.compare(at + 1 + kind.size(), 1, &quote, 1) == 0)
        return true;
  }
  return false;
}

}  // namespace

HiddenImage image_hidden_in(std::string_view inside) {
  // Of the characters that matter here only these escapes hide one; "\\/" is taken as base64.
  const bool hides_ascii = inside.find("\\u00") != std::string_view::npos;
  if (!hides_ascii && has_data_url(inside)) return HiddenImage::data_url;
  std::string_view first = inside;
  skip_blanks(first);
  if (!hides_ascii && (first.empty() || std::string_view("[{\\").find(first.front()) == std::string_view::npos))
    return HiddenImage::none;
  const std::string text = json::unescape(inside);
  if (hides_ascii && has_data_url(text)) return HiddenImage::data_url;
  return has_parts(text) ? HiddenImage::parts_as_json : HiddenImage::none;
}

std::string hidden_image_detail(HiddenImage kind) {
  switch (kind) {
    case HiddenImage::data_url:
      return "a data URL stands in a text, where a model reads letters and no image; write it as an image_url part";
    case HiddenImage::parts_as_json:
      return "a content is a string that holds a list of parts written as text; write the list itself";
    case HiddenImage::images_key:
      return "images are listed beside the messages, where no provider looks; write them as image_url parts";
    case HiddenImage::other_layout:
      return "an image part has the layout of another interface; write it as an image_url part";
    case HiddenImage::none: break;
  }
  return "";
}

}  // namespace visionshard::example
