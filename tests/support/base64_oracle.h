// Base64 decoded and encoded one bit at a time, straight from RFC 4648 and the rules of base64/base64.h: slow and
// obvious, and independent of the code under test.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base64/base64.h"

namespace visionshard::base64::oracle {

struct Answer {
  Status status;
  std::size_t position;
  std::string bytes;
};

inline const std::string standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline const std::string url_safe_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

inline std::string encode(std::string_view bytes) {
  std::vector<bool> bits;
  for (const char byte : bytes)
    for (int bit = 7; bit >= 0; --bit) bits.push_back((static_cast<unsigned char>(byte) >> bit & 1) != 0);
  while (bits.size() % 6 != 0) bits.push_back(false);
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 6) {
    std::size_t value = 0;
    for (std::size_t bit = 0; bit < 6; ++bit) value = value * 2 + (bits[i + bit] ? 1 : 0);
    text += standard_alphabet[value];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

struct Character {
  char value;
  std::size_t width;
};

// The character that is written at the offset, raw, percent-encoded (RFC 3986, section 2.1) or as a JSON escape;
// nothing where the escape is not one.
inline std::optional<Character> character_at(std::string_view text, std::size_t at) {
  if (text[at] == '%') {
    const std::string digits(text.substr(at + 1, 2));
    if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return std::nullopt;
    return Character{static_cast<char>(std::stoul(digits, nullptr, 16)), 3};
  }
  if (text[at] != '\\') return Character{text[at], 1};
  if (at + 1 == text.size()) return std::nullopt;
  const char kind = text[at + 1];
  if (kind == 'n') return Character{'\n', 2};
  if (kind == 'r') return Character{'\r', 2};
  if (kind == 't') return Character{'\t', 2};
  if (kind == 'f') return Character{'\f', 2};
  if (kind == '/') return Character{'/', 2};
  if (kind != 'u' || at + 6 > text.size()) return std::nullopt;
  const std::string digits(text.substr(at + 2, 4));
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
  const unsigned long code = std::stoul(digits, nullptr, 16);
  if (code >= 128) return std::nullopt;
  return Character{static_cast<char>(code), 6};
}

inline Answer decode(std::string_view text) {
  std::vector<bool> bits;
  std::size_t characters = 0;
  std::size_t padding = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::optional<Character> character = character_at(text, at);
    if (!character) return {Status::bad_character, at, ""};
    const char c = character->value;
    const std::size_t value = c == '-' || c == '_' ? url_safe_alphabet.find(c) : standard_alphabet.find(c);
    if (c == '=') {
      ++padding;
    } else if (value != std::string::npos) {
      if (padding > 0) return {Status::data_after_padding, at, ""};
      ++characters;
      for (int bit = 5; bit >= 0; --bit) bits.push_back((value >> bit & 1) != 0);
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') {
      return {Status::bad_character, at, ""};
    }
    at += character->width;
  }
  const std::size_t allowed_padding = (4 - characters % 4) % 4;
  if (characters % 4 == 1 || padding > allowed_padding) return {Status::impossible_length, text.size(), ""};
  std::string bytes;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    unsigned byte = 0;
    for (std::size_t bit = 0; bit < 8; ++bit) byte = byte * 2 + (bits[i + bit] ? 1 : 0);
    bytes += static_cast<char>(byte);
  }
  return {encode(bytes) == text ? Status::clean : Status::tolerated, 0, bytes};
}

}  // namespace visionshard::base64::oracle
