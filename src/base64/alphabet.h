// The two base64 alphabets (RFC 4648 sections 4 and 5) as tables.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace visionshard::base64 {

static_assert(std::endian::native == std::endian::little, "the kernels store several bytes as one integer");

inline constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What one character of text stands for: a character of the standard alphabet (which '-' and '_' are mapped to), or
// one of these, which all sort below the alphabet.
inline constexpr char symbol_none = 0;
inline constexpr char symbol_white_space = 1;
inline constexpr char symbol_padding = 2;

constexpr bool in_alphabet(char symbol) noexcept { return symbol > symbol_padding; }

inline constexpr std::array<char, 256> symbols = [] {
  std::array<char, 256> table{};
  for (const char c : alphabet) table[static_cast<unsigned char>(c)] = c;
  for (const char c : {' ', '\t', '\n', '\f', '\r'}) table[static_cast<unsigned char>(c)] = symbol_white_space;
  table['='] = symbol_padding;
  table['-'] = '+';
  table['_'] = '/';
  return table;
}();

constexpr char symbol_of(char c) noexcept { return symbols[static_cast<unsigned char>(c)]; }

inline constexpr std::uint8_t no_value = 0x80;

// Six-bit values of the standard alphabet; no_value for everything else.
inline constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_value);
  for (std::uint8_t value = 0; value < 64; ++value) table[static_cast<unsigned char>(alphabet[value])] = value;
  return table;
}();

constexpr std::uint8_t value_of(char c) noexcept { return values[static_cast<unsigned char>(c)]; }

}  // namespace visionshard::base64
