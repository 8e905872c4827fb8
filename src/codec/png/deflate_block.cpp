#include "codec/png/deflate_block.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "codec/code_lengths.h"

namespace visionshard::codec {
namespace {

constexpr unsigned end_of_block = 256;

// RFC 1951 section 3.2.5.
constexpr std::array<std::uint16_t, 29> length_base = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> length_extra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

constexpr auto length_codes = [] {
  std::array<std::uint8_t, deflate_max_match_bytes + 1> codes{};
  for (std::size_t length = 3, code = 0; length <= deflate_max_match_bytes; ++length) {
    while (code + 1 < length_base.size() && length >= length_base[code + 1]) ++code;
    codes[length] = static_cast<std::uint8_t>(code);
  }
  return codes;
}();

struct Distance {
  unsigned code, extra_bits;
};

// No distance is under 3 bytes.
Distance distance_of(std::uint32_t distance) noexcept {
  const unsigned extra_bits = static_cast<unsigned>(std::bit_width(distance - 1)) - 2;
  return {2 * extra_bits + ((distance - 1) >> extra_bits), extra_bits};
}

// Section 3.2.7: the lengths of both codes as one run-length coded sequence, itself Huffman coded.
void write_codes(BitWriter& out, std::span<const HuffmanCode> literals, std::span<const HuffmanCode> distances) {
  const auto used = [](std::span<const HuffmanCode> codes, std::size_t least) {
    std::size_t n = codes.size();
    while (n > least && codes[n - 1].length == 0) --n;
    return n;
  };
  const std::size_t literal_count = used(literals, 257), distance_count = used(distances, 1);
  std::vector<std::uint8_t> lengths;
  for (const HuffmanCode& c : literals.first(literal_count)) lengths.push_back(c.length);
  for (const HuffmanCode& c : distances.first(distance_count)) lengths.push_back(c.length);
  const CodeLengths runs(lengths);
  constexpr std::array<std::uint8_t, CodeLengths::symbols> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
  const std::size_t order_count = runs.used(order);
  out.put(literal_count - 257, 5);
  out.put(distance_count - 1, 5);
  out.put(order_count - 4, 4);
  runs.write_codes(out, order, order_count);
  runs.write_runs(out);
}

// Codes one after the other, and the number of their bits; of a distance with its extra bits, but without their
// value.
struct Joined {
  std::uint64_t bits = 0;
  unsigned count = 0;

  void add(std::uint64_t more, unsigned more_count) noexcept {
    bits |= more << count;
    count += more_count;
  }
};

}  // namespace

void DeflateBlock::write(std::span<const Token> tokens, BitWriter& out, bool last) {
  count(tokens);
  ++literals_[end_of_block];
  for (std::size_t s = 0; s < symbols_.size(); ++s)
    for (unsigned k = 0; k < (has_alphas_ ? 3 : symbol_bytes_); ++k) literals_[table_[s][k]] += symbols_[s];
  // A decoder may want one distance code to be there.
  if (std::all_of(distances_.begin(), distances_.end(), [](std::uint32_t n) { return n == 0; })) ++distances_[0];
  std::array<HuffmanCode, literal_symbols> literals;
  std::array<HuffmanCode, distance_symbols> distances;
  build_huffman_codes(literals_, 15, literals);
  build_huffman_codes(distances_, 15, distances);
  out.make_room(1024 + tokens.size() * 8);
  out.put(last ? 1 : 0, 1);
  out.put(2, 2);  // codes of our own
  write_codes(out, literals, distances);
  write_tokens(tokens, out, literals, distances);
}

void DeflateBlock::count(std::span<const Token> tokens) {
  symbols_.fill(0);
  literals_.fill(0);
  distances_.fill(0);
  for (const Token token : tokens) {
    if (token >> 16 > 1) {
      ++literals_[257u + length_codes[token & 0xFFFF]];
      ++distances_[distance_of(token >> 16).code];
    } else if (is_head(token)) {
      ++literals_[token & 255];
    } else {
      ++symbols_[token & 255];
      if (has_alphas_) ++literals_[token >> 8];
    }
  }
}

void DeflateBlock::write_tokens(std::span<const Token> tokens, BitWriter& out, std::span<const HuffmanCode> literals,
                                std::span<const HuffmanCode> distances) const {
  // Of each symbol's first three bytes, 45 bits at most, and of each length of a match with its extra bits.
  std::array<Joined, 256> symbol_codes;
  for (std::size_t s = 0; s < symbol_codes.size(); ++s)
    for (unsigned k = 0; k < 3 && symbols_[s] > 0; ++k)
      symbol_codes[s].add(literals[table_[s][k]].bits, literals[table_[s][k]].length);
  std::array<Joined, deflate_max_match_bytes + 1> match_codes;
  for (std::size_t bytes = 3; bytes <= deflate_max_match_bytes; ++bytes) {
    const unsigned length = length_codes[bytes];
    match_codes[bytes].add(literals[257 + length].bits, literals[257 + length].length);
    match_codes[bytes].add(bytes - length_base[length], length_extra[length]);
  }
  for (const Token token : tokens) {
    if (token >> 16 > 1) {
      const Joined& match = match_codes[token & 0xFFFF];
      const std::uint32_t distance = token >> 16;
      const auto [code, extra_bits] = distance_of(distance);
      const HuffmanCode& by = distances[code];
      const std::uint64_t extra = (distance - 1) & ((1u << extra_bits) - 1);
      out.put(match.bits | (by.bits | extra << by.length) << match.count, match.count + by.length + extra_bits);
    } else if (is_head(token)) {
      out.put(literals[token & 255].bits, literals[token & 255].length);
    } else {
      const Joined& three = symbol_codes[token & 255];
      out.put(three.bits, three.count);
      if (symbol_bytes_ == 3) continue;
      const HuffmanCode& fourth = literals[has_alphas_ ? token >> 8 : table_[token][3]];
      out.put(fourth.bits, fourth.length);
    }
  }
  out.put(literals[end_of_block].bits, literals[end_of_block].length);
}

}  // namespace visionshard::codec
