#include "example/image_mark.h"

#include <charconv>

namespace visionshard::example {
namespace {

constexpr std::string_view mark_text = "<image>";
constexpr std::size_t unicode_escape_bytes = 6;  // \u003c

// The end of the character `wanted` at `at`, or `at` where another stands there.
std::size_t after_character(std::string_view text, std::size_t at, char wanted) {
  if (at < text.size() && text[at] == wanted) return at + 1;
  if (text.substr(at, 2) != "\\u") return at;
  unsigned code = 0;
  std::from_chars(text.data() + at + 2, text.data() + at + unicode_escape_bytes, code, 16);
  return code == static_cast<unsigned char>(wanted) ? at + unicode_escape_bytes : at;
}

std::size_t after_mark(std::string_view text, std::size_t at) {
  for (const char wanted : mark_text) {
    const std::size_t next = after_character(text, at, wanted);
    if (next == at) return std::string_view::npos;
    at = next;
  }
  return at;
}

}  // namespace

std::optional<Mark> find_mark(const JsonString& string, std::size_t from) {
  const std::string_view text = string.text;
  if (!string.escaped) {
    const std::size_t at = text.find(mark_text, from);
    return at == std::string_view::npos ? std::nullopt : std::optional(Mark{at, at + mark_text.size()});
  }
  for (std::size_t at = from; (at = text.find_first_of("<\\", at)) != std::string_view::npos;) {
    if (const std::size_t end = after_mark(text, at); end != std::string_view::npos) return Mark{at, end};
    at += text[at] == '\\' ? (text[at + 1] == 'u' ? unicode_escape_bytes : 2) : 1;
  }
  return std::nullopt;
}

}  // namespace visionshard::example
