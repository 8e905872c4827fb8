#include <algorithm>
#include <array>

#include "base64/alphabet.h"
#include "base64/kernels.h"

namespace visionshard::base64 {
namespace {

// What the next characters of the text stand for, and how many they are.
struct Symbol {
  char value;
  std::size_t width;
};

constexpr std::array<std::uint8_t, 256> hex_digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(0xff);
  for (std::uint8_t digit = 0; digit < 16; ++digit) {
    table[static_cast<unsigned char>("0123456789abcdef"[digit])] = digit;
    table[static_cast<unsigned char>("0123456789ABCDEF"[digit])] = digit;
  }
  return table;
}();

Symbol read_escape(std::string_view escape) noexcept {
  switch (escape.size() > 1 ? escape[1] : '\0') {
    case 'n':
    case 'r':
    case 't':
    case 'f': return {symbol_white_space, 2};
    case '/': return {'/', 2};
    case 'u': {
      if (escape.size() < 6 || escape[2] != '0' || escape[3] != '0') return {symbol_none, 1};
      const unsigned high = hex_digits[static_cast<unsigned char>(escape[4])];
      const unsigned low = hex_digits[static_cast<unsigned char>(escape[5])];
      if (high > 15 || low > 15) return {symbol_none, 1};
      return {symbols[high << 4 | low], 6};
    }
    default: return {symbol_none, 1};
  }
}

Symbol read_symbol(std::string_view text, std::size_t at) noexcept {
  return text[at] == '\\' ? read_escape(text.substr(at)) : Symbol{symbol_of(text[at]), 1};
}

// The text in standard spelling with everything else left out, piece by piece: runs are copied by the kernel, so that
// it can decode whole pieces however the oddities cut up the groups.
constexpr std::size_t staged_limit = 4096;
static_assert(staged_limit % 4 == 0);

std::size_t decoded_length(std::size_t characters) noexcept { return characters / 4 * 3; }

// Text from the first padding on; the groups before it end in a group of leftover (0 to 3) characters.
Decoded check_padding(std::string_view text, std::size_t at, std::size_t leftover) noexcept {
  std::size_t padding = 0;
  while (at < text.size()) {
    const Symbol symbol = read_symbol(text, at);
    if (symbol.value == symbol_none) return {Status::bad_character, 0, at};
    if (in_alphabet(symbol.value)) return {Status::data_after_padding, 0, at};
    if (symbol.value == symbol_padding) ++padding;
    at += symbol.width;
  }
  if (leftover == 1 || (padding > 0 && leftover + padding > (leftover == 0 ? 0 : 4)))
    return {Status::impossible_length, 0, text.size()};
  return {Status::tolerated, 0, 0};
}

// The one or two bytes of a last group of two or three characters.
std::size_t decode_leftover(const char* group, std::size_t characters, std::byte* out) noexcept {
  if (characters < 2) return 0;
  const unsigned bits = static_cast<unsigned>(value_of(group[0]) << 12 | value_of(group[1]) << 6 |
                                              (characters == 3 ? value_of(group[2]) : 0));
  out[0] = static_cast<std::byte>(bits >> 10);
  if (characters == 3) out[1] = static_cast<std::byte>(bits >> 2 & 0xffU);
  return characters - 1;
}

}  // namespace

bool clean_but_for_escapes(std::string_view text) noexcept {
  std::size_t characters = 0, padding = 0;
  unsigned last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const bool escaped = text[at] == '\\';
    const std::size_t width = !escaped ? 1 : text.substr(at, 2) == "\\/" ? 2 : 6;
    if (width > text.size() - at) return false;
    // The escape's value as it is, where read_symbol() would also map the URL-safe alphabet.
    const std::string_view digits = width == 6 ? text.substr(at + 2, 4) : std::string_view();
    char c = escaped ? '/' : text[at];
    if (width == 6) {
      if (text[at + 1] != 'u' || digits[0] != '0' || digits[1] != '0') return false;
      const unsigned high = hex_digits[static_cast<unsigned char>(digits[2])];
      const unsigned low = hex_digits[static_cast<unsigned char>(digits[3])];
      if (high > 7 || low > 15) return false;
      c = static_cast<char>(high << 4 | low);
    }
    at += width;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (value_of(c) == no_value || padding > 0) return false;
    last = value_of(c);
    ++characters;
  }
  // RFC 4648 section 3.5: the bits of the last character that no byte takes are zero.
  const unsigned spare_bits = padding == 2 ? 15 : padding == 1 ? 3 : 0;
  return padding <= 2 && (characters + padding) % 4 == 0 && (last & spare_bits) == 0;
}

Decoded decode_tolerant(std::string_view text, std::size_t start, std::byte* out,
                        const KernelFunctions& kernel) noexcept {
  std::array<char, staged_limit> staged;
  std::size_t count = 0;
  std::size_t bytes = decoded_length(start);
  std::size_t at = start;
  bool at_padding = false;
  while (at < text.size() && !at_padding) {
    const std::size_t run =
        kernel.copy_alphabet(text.data() + at, std::min(text.size() - at, staged_limit - count), staged.data() + count);
    at += run;
    count += run;
    if (count == staged_limit) {
      kernel.decode_groups(staged.data(), count, out + bytes);
      bytes += decoded_length(count);
      count = 0;
      // On a group boundary again: a long clean stretch needs no copy.
      const std::size_t direct = kernel.decode_groups(text.data() + at, text.size() - at, out + bytes);
      at += direct;
      bytes += decoded_length(direct);
    }
    while (at < text.size() && count < staged_limit && !in_alphabet(symbol_of(text[at]))) {
      const Symbol symbol = read_symbol(text, at);
      if (symbol.value == symbol_none) return {Status::bad_character, 0, at};
      at_padding = symbol.value == symbol_padding;
      if (at_padding) break;
      if (in_alphabet(symbol.value)) staged[count++] = symbol.value;
      at += symbol.width;
    }
  }
  Decoded result = check_padding(text, at, count % 4);
  if (result.status != Status::tolerated) return result;
  if (count > 0) kernel.decode_groups(staged.data(), count, out + bytes);
  bytes += decoded_length(count);
  result.bytes = bytes + decode_leftover(staged.data() + count / 4 * 4, count % 4, out + bytes);
  return result;
}

}  // namespace visionshard::base64
