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

bool is_letter(char c) noexcept { return ascii::lower(c) >= 'a' && ascii::lower(c) <= 'z'; }

// What stands between "data:" and ";base64": a media type and parameters, unlike the words of a sentence.
bool is_header(std::string_view header) noexcept {
  if (header.empty()) return true;
  const std::string_view type = ascii::trimmed(header.substr(0, header.find(';')));
  const std::size_t slash = type.find('/');
  return slash != 0 && slash < type.size() - 1 && header.find(',') == std::string_view::npos &&
         std::ranges::none_of(type, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == ':'; });
}

// Whether `before` ends with "data:" and a header.
bool ends_with_header(std::string_view before) noexcept {
  for (std::size_t at = before.find(':'); at != std::string_view::npos; at = before.find(':', at + 1)) {
    if (at < 4 || !ascii::begins_in_any_case(before.substr(at - 4), "data:")) continue;
    // Not "metadata:", but "\ndata:" as JSON escapes it.
    const bool is_word = at == 4 || !is_letter(before[at - 5]) || (at > 5 && before[at - 6] == '\\');
    if (is_word && is_header(before.substr(at + 1))) return true;
  }
  return false;
}

// Removes blanks at the beginning; returns whether there were any.
bool skip_blanks(std::string_view& text) noexcept {
  const std::size_t blanks = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(blanks);
  return blanks > 0;
}

// Whether `text` begins with ";base64," and some data, with blanks between them as image values may have them.
bool begins_with_data(std::string_view text) noexcept {
  constexpr std::size_t data_bytes = 16;
  bool any_blank = false;
  for (const std::string_view word : {";", "base64", ","}) {
    if (!ascii::begins_in_any_case(text, word)) return false;
    text.remove_prefix(word.size());
    any_blank |= skip_blanks(text);
  }
  const std::string_view data = text.substr(0, data_bytes);
  if (data.size() < data_bytes || !std::ranges::all_of(data, may_be_base64)) return false;
  // With blanks it could be a word of a sentence.
  return !any_blank || std::ranges::any_of(data, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Requires ";base64," between "data:", a media type and some data: a text about data URLs has no data.
bool has_data_url(std::string_view text) noexcept {
  constexpr std::size_t header_bytes = 500;
  for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    if (!begins_with_data(text.substr(at))) continue;
    const std::size_t begin = at - std::min(at, header_bytes);
    if (ends_with_header(text.substr(begin, at - begin))) return true;
  }
  return false;
}

// Whether it has an escape \u00XX of a character of ASCII.
bool hides_ascii(std::string_view inside) noexcept {
  constexpr std::string_view escape = "\\u00";
  for (std::size_t at = inside.find(escape); at != std::string_view::npos; at = inside.find(escape, at + 1))
    if (at + escape.size() < inside.size() && inside[at + escape.size()] < '8') return true;
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
  const bool hides = hides_ascii(inside);
  if (!hides && has_data_url(inside)) return HiddenImage::data_url;
  std::string_view first = inside;
  skip_blanks(first);
  if (!hides && (first.empty() || std::string_view("[{\\").find(first.front()) == std::string_view::npos))
    return HiddenImage::none;
  const std::string text = json::unescape(inside);
  if (hides && has_data_url(text)) return HiddenImage::data_url;
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
