// Text as protocols and formats spell it: letters in either case, hexadecimal digits, escapes. Bytes beyond ASCII stay
// as they are, whatever the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace visionshard::ascii {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

constexpr bool equal_in_any_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

constexpr bool begins_in_any_case(std::string_view text, std::string_view beginning) noexcept {
  return text.size() >= beginning.size() && equal_in_any_case(text.substr(0, beginning.size()), beginning);
}

/// Without `blanks` at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// The value of a hexadecimal digit; -1 for any other character.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// %XX as the byte that it means (RFC 3986, section 2.1); any other % stays.
inline std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    out.push_back(is_escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i]);
    if (is_escape) i += 2;
  }
  return out;
}

}  // namespace visionshard::ascii
