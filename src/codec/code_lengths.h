// The lengths of the codes of an alphabet in the form that DEFLATE (RFC 1951 section 3.2.7) and lossless WebP (RFC 9649
// section 3.7.2) share: runs, which have Huffman codes themselves.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/bit_writer.h"
#include "codec/huffman_code.h"

namespace visionshard::codec {

class CodeLengths {
 public:
  static constexpr std::size_t symbols = 19;  // of the runs: 0 to 15 a length, 16 to 18 repetitions

  /// Throws std::bad_alloc.
  explicit CodeLengths(std::span<const std::uint8_t> lengths);

  /// How many of the runs' codes are written in this order: without unused ones at its end, but at least 4.
  std::size_t used(const std::array<std::uint8_t, symbols>& order) const noexcept;
  /// The lengths of the first `count` of the runs' codes in this order, 3 bits each.
  void write_codes(BitWriter& out, const std::array<std::uint8_t, symbols>& order, std::size_t count) const noexcept;
  /// The runs: at most 14 bits for each of the lengths.
  void write_runs(BitWriter& out) const noexcept;

 private:
  struct Run {
    std::uint8_t symbol, extra_bits, extra;
  };
  std::vector<Run> runs_;
  std::array<HuffmanCode, symbols> codes_;
};

}  // namespace visionshard::codec
