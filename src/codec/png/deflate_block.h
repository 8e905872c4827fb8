// Blocks of DEFLATE (RFC 1951) with codes of their own, from the tokens of rows of symbols.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/bit_writer.h"
#include "codec/huffman_code.h"
#include "codec/png/symbol_deflate.h"

namespace visionshard::codec {

inline constexpr std::size_t deflate_window_bytes = 32768, deflate_max_match_bytes = 258;

/// A symbol, the byte of a head, or the distance and the bytes of a match of whole symbols: 16 bits each. No distance
/// is under 3.
using Token = std::uint32_t;
constexpr Token head_token(std::uint8_t byte) noexcept { return 1u << 16 | byte; }
constexpr bool is_head(Token token) noexcept { return token >> 16 == 1; }
constexpr Token match_token(std::size_t bytes, std::size_t distance) noexcept {
  return static_cast<Token>(distance << 16 | bytes);
}

class DeflateBlock {
 public:
  DeflateBlock(const SymbolTable& table, const SymbolRows& rows)
      : table_(table), symbol_bytes_(rows.symbol_bytes), has_alphas_(rows.stored_bytes == 2) {}

  /// Throws std::bad_alloc.
  void write(std::span<const Token> tokens, BitWriter& out, bool last);

 private:
  static constexpr unsigned literal_symbols = 286, distance_symbols = 30;

  void count(std::span<const Token> tokens);
  void write_tokens(std::span<const Token> tokens, BitWriter& out, std::span<const HuffmanCode> literals,
                    std::span<const HuffmanCode> distances) const;

  const SymbolTable& table_;
  unsigned symbol_bytes_;
  bool has_alphas_;  // in the second byte of a symbol
  std::array<std::uint32_t, 256> symbols_;
  std::array<std::uint32_t, literal_symbols> literals_;
  std::array<std::uint32_t, distance_symbols> distances_;
};

}  // namespace visionshard::codec
