#include "codec/webp/noisy_alpha.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "codec/bit_writer.h"
#include "codec/code_lengths.h"
#include "codec/huffman_code.h"

namespace visionshard::codec {
namespace {

constexpr unsigned tile_bits = 5, tile_side = 1u << tile_bits;
constexpr std::size_t max_groups = 16;

using Counts = std::array<std::uint32_t, 256>;
using Codes = std::array<HuffmanCode, 256>;

// Square parts of the picture; those of one group share a code.
struct Tiles {
  std::size_t across = 0, down = 0;
  std::vector<std::uint8_t> groups;  // row by row, 0 to max_groups - 1
};

void alpha_of_row(const Pixels& pixels, std::uint32_t y, std::span<std::uint8_t> alpha) {
  const std::uint8_t* const row = pixels.row(y);
  for (std::size_t x = 0; x < alpha.size(); ++x) alpha[x] = row[4 * x + 3];
}

// Groups of about as many tiles each, by their means.
Tiles tiles_of(const Pixels& pixels) {
  Tiles tiles{(pixels.width + tile_side - 1) / tile_side, (pixels.height + tile_side - 1) / tile_side, {}};
  std::vector<std::uint8_t> alpha(pixels.width), means;
  for (std::uint32_t top = 0; top < pixels.height; top += tile_side) {
    const std::uint32_t rows = std::min(tile_side, pixels.height - top);
    std::vector<std::uint32_t> sums(tiles.across);
    for (std::uint32_t y = top; y < top + rows; ++y) {
      alpha_of_row(pixels, y, alpha);
      for (std::size_t x = 0; x < alpha.size(); ++x) sums[x >> tile_bits] += alpha[x];
    }
    for (std::size_t t = 0; t < tiles.across; ++t) {
      const auto columns = std::min<std::size_t>(tile_side, alpha.size() - t * tile_side);
      means.push_back(static_cast<std::uint8_t>(sums[t] / (rows * columns)));
    }
  }
  std::array<std::size_t, 256> of_mean{}, below{};
  for (const std::uint8_t mean : means) ++of_mean[mean];
  std::exclusive_scan(of_mean.begin(), of_mean.end(), below.begin(), std::size_t{0});
  for (const std::uint8_t mean : means)
    tiles.groups.push_back(static_cast<std::uint8_t>(below[mean] * max_groups / means.size()));
  return tiles;
}

// RFC 9649 section 3.7.2: a code for green, which holds what is coded here, and one bit of nothing for the others.
Codes write_codes(BitWriter& out, const Counts& counts) {
  constexpr std::size_t length_prefixes = 24;
  Codes codes{};
  out.make_room(1024);
  if (std::ranges::count(counts, 0u) >= 255) {
    const auto only = std::ranges::max_element(counts) - counts.begin();
    out.put(0b101u | static_cast<unsigned>(only) << 3, 11);  // simple, one symbol of 8 bits: it takes no bits
  } else {
    build_huffman_codes(counts, 15, codes);
    std::array<std::uint8_t, 256 + length_prefixes> lengths{};
    std::ranges::transform(codes, lengths.begin(), &HuffmanCode::length);
    constexpr std::array<std::uint8_t, CodeLengths::symbols> order = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                                      7,  8,  9, 10, 11, 12, 13, 14, 15};
    const CodeLengths runs(lengths);
    const std::size_t used = runs.used(order);
    out.put(0, 1);  // a normal code
    out.put(used - 4, 4);
    runs.write_codes(out, order, used);
    out.put(0, 1);  // of all lengths
    runs.write_runs(out);
  }
  for (int code = 0; code < 4; ++code) out.put(1, 4);  // red, blue, alpha, distance: simple, one symbol of 1 bit, 0
  return codes;
}

void write_groups(BitWriter& out, const Tiles& tiles) {
  Counts counts{};
  for (const std::uint8_t group : tiles.groups) ++counts[group];
  out.put(0, 1);  // no color cache
  const Codes codes = write_codes(out, counts);
  out.make_room(2 * tiles.groups.size());
  for (const std::uint8_t group : tiles.groups) out.put(codes[group].bits, codes[group].length);
}

}  // namespace

Bytes noisy_webp_alpha(const Pixels& pixels) {
  const Tiles tiles = tiles_of(pixels);
  std::vector<std::uint8_t> alpha(pixels.width);
  const auto each_row = [&](auto&& visit) {
    for (std::uint32_t y = 0; y < pixels.height; ++y) {
      alpha_of_row(pixels, y, alpha);
      visit(tiles.groups.data() + (y >> tile_bits) * tiles.across);
    }
  };
  std::vector<Counts> counts(std::ranges::max(tiles.groups) + 1u);
  each_row([&](const std::uint8_t* groups) {
    for (std::size_t x = 0; x < alpha.size(); ++x) ++counts[groups[x >> tile_bits]][alpha[x]];
  });

  Bytes data;
  BitWriter out(data);
  out.make_room(64);
  out.put(1, 8);  // compressed, neither filtered nor reduced
  // RFC 9649 section 3.8: neither transforms nor a color cache, but a picture of which code is whose.
  out.put(0b100, 3);
  out.put(tile_bits - 2, 3);
  write_groups(out, tiles);
  std::vector<Codes> codes;
  for (const Counts& group : counts) codes.push_back(write_codes(out, group));
  each_row([&](const std::uint8_t* groups) {
    out.make_room(2 * alpha.size());
    for (std::size_t x = 0; x < alpha.size(); ++x) {
      const HuffmanCode& code = codes[groups[x >> tile_bits]][alpha[x]];
      out.put(code.bits, code.length);
    }
  });
  out.finish();
  return data;
}

}  // namespace visionshard::codec
