#include "codec/png/symbol_deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <string>
#include <vector>

#include "../../../support/seeded_random.h"
#include "codec/huffman_code.h"

namespace visionshard::codec {
namespace {

// zlib is the validate: its own checks of codes, distances and checksum, and the bytes that come out.
std::string inflated(ByteView stream, std::size_t bytes) {
  std::string out(bytes + 1, '\0');
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, as_uchar(stream), stream.size()), Z_OK);
  out.resize(size);
  return out;
}

SymbolTable random_table(test::SeededRandom& random) {
  SymbolTable table;
  for (auto& entry : table)
    for (std::uint8_t& b : entry) b = static_cast<std::uint8_t>(random.byte());
  return table;
}

std::string expected(const SymbolRows& rows, const SymbolTable& table) {
  std::string out;
  for (std::size_t y = 0; y < rows.height; ++y) {
    out += static_cast<char>(rows.heads[y]);
    for (std::size_t x = 0; x < rows.width; ++x)
      for (unsigned k = 0; k < rows.symbol_bytes; ++k) {
        const std::uint8_t* const symbol = rows.symbols.data() + (y * rows.width + x) * rows.stored_bytes;
        out += static_cast<char>(rows.stored_bytes == 2 && k == 3 ? symbol[1] : table[*symbol][k]);
      }
  }
  return out;
}

void check(std::uint32_t width, std::uint32_t height, unsigned symbol_bytes, unsigned stored_bytes, unsigned alphabet,
           unsigned run, unsigned seed) {
  test::SeededRandom random(seed);
  const SymbolTable table = random_table(random);
  std::vector<std::uint8_t> symbols(std::size_t{width} * height * stored_bytes), heads(height);
  for (std::uint8_t& head : heads) head = static_cast<std::uint8_t>(random.below(5));
  for (std::size_t i = 0; i < symbols.size();) {
    const auto symbol = static_cast<std::uint8_t>(random.below(alphabet));
    for (std::size_t n = random.between(1, run); n > 0 && i < symbols.size(); --n) symbols[i++] = symbol;
  }
  // Some of it again, at all kinds of distances.
  for (std::size_t i = symbols.size() / 2; i + 40 < symbols.size(); i += 97)
    std::copy_n(symbols.data() + random.below(i), 40, symbols.data() + i);
  const SymbolRows rows{symbols, heads, width, height, symbol_bytes, stored_bytes};
  const std::string plain = expected(rows, table);
  const Bytes stream = deflate_symbols(rows, table);
  ASSERT_EQ(inflated(stream, plain.size()), plain) << width << " x " << height << ", " << alphabet << " symbols";
}

TEST(DeflateSymbols, IsWhatZlibReadsBack) {
  unsigned seed = 1;
  for (const auto& [symbol_bytes, stored_bytes] : {std::pair{3u, 1u}, {4u, 1u}, {4u, 2u}})
    for (const unsigned alphabet : {1u, 2u, 7u, 60u, 256u})
      for (const unsigned run : {1u, 5u, 200u}) {
        for (const auto& [width, height] : {std::pair{1u, 1u}, {1u, 700u}, {5u, 3u}, {300u, 200u}, {20'000u, 3u}})
          check(width, height, symbol_bytes, stored_bytes, alphabet, run, ++seed);
      }
}

// Grays, whose checksum comes from the sums of their bytes; more rows than a sum of 32 bits would hold.
TEST(DeflateSymbols, OfGraysHaveTheChecksumOfWhatIsWritten) {
  SymbolTable grays;
  for (unsigned v = 0; v < 256; ++v) grays[v].fill(static_cast<std::uint8_t>(v));
  test::SeededRandom random(5);
  for (const auto& [width, height] : {std::pair{1u, 1u}, {70'000u, 5u}, {301u, 999u}}) {
    std::vector<std::uint8_t> symbols(std::size_t{width} * height, 255), heads(height, 4);
    for (std::size_t i = symbols.size() / 2; i < symbols.size(); ++i)
      symbols[i] = static_cast<std::uint8_t>(random.byte());
    const SymbolRows rows{symbols, heads, width, height, 3};
    const std::string plain = expected(rows, grays);
    ASSERT_EQ(inflated(deflate_symbols(rows, grays), plain.size()), plain) << width << " x " << height;
  }
}

TEST(DeflateSymbols, FindsRepetitions) {
  const std::vector<std::uint8_t> symbols(1000 * 1000, 7), heads(1000, 0);
  test::SeededRandom random(3);
  EXPECT_LT(deflate_symbols({symbols, heads, 1000, 1000, 3}, random_table(random)).size(), 20'000u);
}

// A prefix code: the lengths fill the space of codes exactly, and no code begins another.
void check_codes(const std::vector<std::uint32_t>& counts, unsigned limit) {
  std::vector<HuffmanCode> codes(counts.size());
  build_huffman_codes(counts, limit, codes);
  double space = 0;
  std::size_t used = 0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    EXPECT_EQ(counts[s] > 0, codes[s].length > 0);
    EXPECT_LE(codes[s].length, limit);
    if (codes[s].length > 0) space += std::pow(0.5, codes[s].length), ++used;
    for (std::size_t t = 0; t < s; ++t) {
      const unsigned shorter = std::min(codes[s].length, codes[t].length);
      if (shorter > 0) {
        EXPECT_NE((codes[s].bits ^ codes[t].bits) & ((1u << shorter) - 1), 0u) << s << ", " << t;
      }
    }
  }
  if (used > 1) {
    EXPECT_DOUBLE_EQ(space, 1.0);
  }
}

TEST(HuffmanCodes, AreAFullPrefixCodeWithinTheLimit) {
  check_codes({0, 0, 5}, 7);
  check_codes({1, 1}, 7);
  check_codes({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}, 7);
  std::vector<std::uint32_t> fibonacci = {1, 1};
  while (fibonacci.size() < 40) fibonacci.push_back(fibonacci[fibonacci.size() - 1] + fibonacci[fibonacci.size() - 2]);
  check_codes(fibonacci, 15);
  test::SeededRandom random(9);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint32_t> counts(286);
    for (std::uint32_t& n : counts)
      n = random.one_in(3) ? 0 : static_cast<std::uint32_t>(random.below(random.below(20) == 0 ? 1'000'000 : 500));
    check_codes(counts, 15);
  }
}

// By hand: 2 and 3 join to 5, that and 5 to 10, and 10 and 12 are left.
TEST(HuffmanCodes, AreHuffmans) {
  const std::vector<std::uint32_t> counts = {12, 5, 3, 2};
  std::vector<HuffmanCode> codes(4);
  build_huffman_codes(counts, 15, codes);
  EXPECT_EQ(codes[0].length, 1);
  EXPECT_EQ(codes[1].length, 2);
  EXPECT_EQ(codes[2].length, 3);
  EXPECT_EQ(codes[3].length, 3);
}

}  // namespace
}  // namespace visionshard::codec
