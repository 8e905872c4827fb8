#include "example/hidden_image.h"

#include <algorithm>
#include <cstring>

#include "base/json_text.h"

namespace visionshard::example {
namespace {

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '\\';
}

// Whether `text` begins with `small` in upper or lower case: both are allowed in the scheme and parameters of a URL.
bool begins_with(std::string_view text, std::string_view small) noexcept {
  return text.size() >= small.size() && std::equal(small.begin(), small.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
         });
}

bool has_scheme(std::string_view header) noexcept {
  for (std::size_t at = header.find(':'); at != std::string_view::npos; at = header.find(':', at + 1))
    if (at >= 4 && begins_with(header.substr(at - 4), "data:")) return true;
  return false;
}

// Requires ";base64," between "data:", a media type and some data: a text about data URLs has no data.
bool has_data_url(std::string_view text) noexcept {
  constexpr std::string_view marker = ";base64,";
  constexpr std::size_t header_bytes = 120, data_bytes = 16;
  for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    if (!begins_with(text.substr(at), marker)) continue;
    const std::size_t begin = at - std::min(at, header_bytes);
    if (!has_scheme(text.substr(begin, at - begin))) continue;
    const std::string_view data = text.substr(at + marker.size(), data_bytes);
    if (data.size() == data_bytes && std::all_of(data.begin(), data.end(), is_base64)) return true;
  }
  return false;
}

// A list of parts, or one: some "type" is "image_url" or the like, in quotes of either kind.
bool has_parts(std::string_view inside) {
  const std::size_t begin = inside.find_first_not_of(" \t\\nrt");
  if (begin == std::string_view::npos || (inside[begin] != '[' && inside[begin] != '{')) return false;
  const std::string text = json::unescape(inside);
  const auto skip = [&](std::size_t& at, std::string_view characters) {
    at = std::min(text.find_first_not_of(characters, at), text.size());
  };
  for (std::size_t at = text.find("type"); at != std::string::npos; at = text.find("type", at)) {
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
  if (has_data_url(inside)) return HiddenImage::data_url;
  return has_parts(inside) ? HiddenImage::parts_as_json : HiddenImage::none;
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
