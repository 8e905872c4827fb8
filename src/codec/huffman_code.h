// Canonical Huffman codes of limited length, as DEFLATE requires them (RFC 1951, section 3.2.2).
#pragma once

#include <cstdint>
#include <span>

namespace visionshard::codec {

/// One code: `length` 0 where the symbol does not occur. `bits` are reversed: the first bit of the code is the lowest.
struct HuffmanCode {
  std::uint16_t bits = 0;
  std::uint8_t length = 0;
};

/// Codes for symbols that occur `counts` times, none longer than `limit`, which is at most 15 and enough for the number
/// of symbols. A symbol that occurs alone gets one bit. `codes` is as long as `counts`. Optimal where the limit does
/// not bind, and close to it elsewhere.
void build_huffman_codes(std::span<const std::uint32_t> counts, unsigned limit, std::span<HuffmanCode> codes);

}  // namespace visionshard::codec
