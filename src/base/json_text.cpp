#include "base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ascii.h"

namespace visionshard::json {
namespace {

// The four digits after \u, or -1.
int code_unit(std::string_view digits) noexcept {
  if (digits.size() < 4) return -1;
  int value = 0;
  for (const char c : digits.substr(0, 4)) {
    const int digit = ascii::hex_value(c);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

constexpr std::string_view short_escapes = "\"\\/bfnrt";
constexpr std::string_view short_values = "\"\\/\b\f\n\r\t";

// JSON lets them stand as they are: DEL and U+0080 to U+009F, which terminals obey, and U+2028 and U+2029, which end
// lines for some readers.
std::string with_escaped_controls(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    if (byte(0) == 0x7F) {
      out += "\\u007f";
    } else if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
      out += fmt::format("\\u{:04x}", byte(1));
      at += 1;
    } else if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9)) {
      out += fmt::format("\\u20{:x}", byte(2) - 0x80);
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

}  // namespace

Escapes read_escapes(std::string_view inside) noexcept {
  Escapes found;
  for (std::size_t at = inside.find('\\'); at != std::string_view::npos; at = inside.find('\\', at)) {
    if (at + 1 >= inside.size()) return {false, found.lone_surrogate};
    if (inside[at + 1] != 'u') {
      if (short_escapes.find(inside[at + 1]) == std::string_view::npos) return {false, found.lone_surrogate};
      at += 2;
      continue;
    }
    const int unit = code_unit(inside.substr(at + 2));
    if (unit < 0) return {false, found.lone_surrogate};
    const std::size_t begin = std::exchange(at, at + 6);
    if (unit < 0xD800 || unit > 0xDFFF) continue;
    const bool high = unit < 0xDC00;
    const int next = high && inside.substr(at, 2) == "\\u" ? code_unit(inside.substr(at + 2)) : -1;
    if (next >= 0xDC00 && next <= 0xDFFF)
      at += 6;
    else
      found.lone_surrogate = std::min(found.lone_surrogate, begin);
  }
  return found;
}

bool number_valid(std::string_view token) noexcept {
  const char* p = token.data();
  const char* const end = p + token.size();
  const auto digits = [&] {
    const char* const from = p;
    while (p < end && *p >= '0' && *p <= '9') ++p;
    return p > from;
  };
  if (p < end && *p == '-') ++p;
  if (p < end && *p == '0') {
    ++p;
  } else if (!digits()) {
    return false;
  }
  if (p < end && *p == '.') {
    ++p;
    if (!digits()) return false;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p < end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return false;
  }
  return p == end;
}

std::string unescape(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  for (std::size_t at = 0; at < inside.size();) {
    const std::size_t next = std::min(inside.find('\\', at), inside.size());
    out.append(inside, at, next - at);
    if (next == inside.size()) break;
    const char kind = inside[next + 1];
    at = next + 2;
    if (kind != 'u') {
      out.push_back(short_values[short_escapes.find(kind)]);
      continue;
    }
    std::uint32_t point = static_cast<std::uint32_t>(code_unit(inside.substr(at)));
    at += 4;
    if (point >= 0xD800 && point < 0xDC00 && inside.substr(at, 2) == "\\u") {
      const std::uint32_t low = static_cast<std::uint32_t>(code_unit(inside.substr(at + 2)));
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
      }
    }
    append_utf8(out, point >= 0xD800 && point < 0xE000 ? 0xFFFD : point);
  }
  return out;
}

std::string_view beginning(std::string_view inside, std::size_t most) noexcept {
  if (inside.size() <= most) return inside;
  std::size_t at = 0;
  for (std::size_t step = 0; at + step <= most; step = inside[at] != '\\' ? 1 : inside[at + 1] == 'u' ? 6 : 2)
    at += step;
  return inside.substr(0, at);
}

std::string_view whole_characters(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

bool equals(std::string_view inside, std::string_view plain) {
  if (inside.size() == plain.size()) return inside == plain;
  // Every character is spelled with at most six, so a longer text cannot be equal and is not unescaped.
  if (inside.size() < plain.size() || inside.size() > 6 * plain.size()) return false;
  return inside.find('\\') != std::string_view::npos && unescape(inside) == plain;
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
    out.append(text, from, i - from);
    from = i + 1;
    const std::size_t known = short_values.find(static_cast<char>(c));
    if (known != std::string_view::npos && c != '/') {
      out.push_back('\\');
      out.push_back(short_escapes[known]);
    } else {
      out.append("\\u00");
      out.push_back(hex[c >> 4]);
      out.push_back(hex[c & 15]);
    }
  }
  out.append(text, from);
}

std::string pointer_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::size_t character_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  const std::size_t length = text.empty()                    ? 0
                             : first < 0x80                  ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  for (std::size_t i = 1; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) >= 0xC0) return 0;
  // Over-long forms, surrogates and what is after U+10FFFF (RFC 3629 section 4).
  const bool bad = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0) ||
                   (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90);
  return bad ? 0 : length;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    out.append(length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  out.push_back('"');
  return out;
}

std::string excerpt(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t characters = 0; characters < excerpt_characters && end < text.size(); ++characters)
    end += std::max<std::size_t>(character_bytes(text.substr(end, 4)), 1);
  const std::string shown = with_escaped_controls(json::quoted(as_utf8(text.substr(0, end))));
  return end < text.size() ? shown + "..." : shown;
}

std::string excerpt_as_spelled(std::string_view token) {
  std::string shown(whole_characters(token, excerpt_characters));
  // Space between tokens: a line's only control characters.
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c > '\0' && c < ' '; }, ' ');
  const bool keep_running = shown.size() < token.size();
  return with_escaped_controls(shown) + (keep_running ? "..." : "");
}

}  // namespace visionshard::json
