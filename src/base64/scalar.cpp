#include <cstring>

#include "base64/alphabet.h"
#include "base64/kernels.h"

namespace visionshard::base64 {
namespace {

// One table per place in a group, each value already at its bits of the three little-endian result bytes; a set bit
// above them marks a character outside the alphabet.
using PlaceTable = std::array<std::uint32_t, 256>;

constexpr std::uint32_t outside_alphabet = 1U << 24;

constexpr PlaceTable place_table(unsigned place) {
  PlaceTable table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    const std::uint32_t bits = static_cast<std::uint32_t>(values[c]) << (18 - 6 * place);
    table[c] =
        values[c] == no_value ? outside_alphabet : (bits >> 16 & 0xffU) | (bits & 0xff00U) | (bits & 0xffU) << 16;
  }
  return table;
}

constexpr std::array<PlaceTable, 4> places = {place_table(0), place_table(1), place_table(2), place_table(3)};

std::size_t decode_groups(const char* text, std::size_t length, std::byte* out) noexcept {
  std::size_t at = 0;
  for (; at + 4 <= length; at += 4, out += 3) {
    const auto* c = reinterpret_cast<const unsigned char*>(text + at);
    const std::uint32_t bytes = places[0][c[0]] | places[1][c[1]] | places[2][c[2]] | places[3][c[3]];
    if (bytes >= outside_alphabet) break;
    std::memcpy(out, &bytes, sizeof bytes);
  }
  return at;
}

std::size_t copy_alphabet(const char* text, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at < length; ++at) {
    const char symbol = symbol_of(text[at]);
    if (!in_alphabet(symbol)) break;
    out[at] = symbol;
  }
  return at;
}

void encode(const std::byte* bytes, std::size_t length, char* out) noexcept {
  const auto* in = reinterpret_cast<const unsigned char*>(bytes);
  std::size_t at = 0;
  for (; at + 3 <= length; at += 3, out += 4) {
    const unsigned bits = static_cast<unsigned>(in[at] << 16 | in[at + 1] << 8 | in[at + 2]);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63U];
    out[2] = alphabet[bits >> 6 & 63U];
    out[3] = alphabet[bits & 63U];
  }
  if (at == length) return;
  const bool two = length - at == 2;
  const unsigned bits = static_cast<unsigned>(in[at] << 16 | (two ? in[at + 1] << 8 : 0));
  out[0] = alphabet[bits >> 18];
  out[1] = alphabet[bits >> 12 & 63U];
  out[2] = two ? alphabet[bits >> 6 & 63U] : '=';
  out[3] = '=';
}

}  // namespace

constinit const KernelFunctions scalar_kernel{decode_groups, copy_alphabet, encode};

}  // namespace visionshard::base64
