// DEFLATE for pictures whose every pixel is one of 256, grays and palettes, or a gray and an alpha, written out as RGB
// or RGBA.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace visionshard::codec {

/// What a symbol is written as: the first 3 or 4 of these bytes.
using SymbolTable = std::array<std::array<std::uint8_t, 4>, 256>;

struct SymbolRows {
  std::span<const std::uint8_t> symbols;  // width x height of stored_bytes each, row by row
  std::span<const std::uint8_t> heads;    // a byte put in front of each row
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  unsigned symbol_bytes = 3;  // 3 or 4, written
  unsigned stored_bytes = 1;  // 2: the table says what the first becomes, and the second is the fourth of 4 written
};

/// A zlib stream (RFC 1950, RFC 1951) of all rows, each symbol written as `table` says. Throws std::bad_alloc.
Bytes deflate_symbols(const SymbolRows& rows, const SymbolTable& table);

}  // namespace visionshard::codec
