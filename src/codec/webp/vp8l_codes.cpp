#include "codec/webp/vp8l_codes.h"

#include "codec/prefix_code.h"

namespace visionshard::codec {
namespace {

// Complete, or of one symbol.
bool is_sound(const CodeShape& shape) noexcept {
  return shape.symbols <= 1 ? shape.symbols == 1 : shape.open_codes() == 0;
}

// Section 3.7.2.1.
bool read_prefix_code(LowBitReader& bits, unsigned alphabet) noexcept {
  if (bits.number(1) == 1) {
    const bool has_two = bits.number(1) == 1;
    const unsigned first = bits.number(bits.number(1) == 1 ? 8 : 1);
    const unsigned second = has_two ? bits.number(8) : first;
    return first < alphabet || second < alphabet;
  }
  constexpr std::array<std::uint8_t, LengthCode::symbols> order = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                                   7,  8,  9, 10, 11, 12, 13, 14, 15};
  const unsigned given = 4 + bits.number(4);
  const LengthCode lengths(bits, order, given);
  if (!is_sound(lengths.shape())) return false;
  unsigned left = alphabet;
  if (bits.number(1) == 1) {
    const unsigned size_bits = 2 + 2 * bits.number(3);
    left = 2 + bits.number(size_bits);
    if (left > alphabet) return false;
  }
  CodeShape shape;
  unsigned previous = 8;
  for (unsigned symbol = 0; symbol < alphabet && left > 0; --left) {
    const auto run = lengths.next(bits, previous);
    symbol += run.times;
    if (symbol > alphabet) return false;
    shape.add(run.length, run.times);
    if (run.length != 0) previous = run.length;
  }
  return is_sound(shape) && !bits.is_past_end();
}

// Section 3.8.2: color cache, then the five codes of a group.
bool read_first_group(LowBitReader& bits, bool may_have_groups) noexcept {
  unsigned cache_bits = 0;
  if (bits.number(1) == 1) {
    cache_bits = bits.number(4);
    if (cache_bits < 1 || cache_bits > 11) return false;
  }
  // More groups: which pixel has which is a picture of its own, with one group.
  if (may_have_groups && bits.number(1) == 1) {
    bits.number(3);
    return read_first_group(bits, false);
  }
  for (const unsigned alphabet : {256 + 24 + (cache_bits > 0 ? 1u << cache_bits : 0), 256u, 256u, 256u, 40u})
    if (!read_prefix_code(bits, alphabet)) return false;
  return true;
}

}  // namespace

bool has_sound_vp8l_codes(ByteView data) noexcept {
  LowBitReader bits(data);
  bool subtracts_green = false;
  while (bits.number(1) == 1) {
    enum Transform : unsigned { predictor, cross_color, subtract_green, color_indexing };
    const unsigned transform = bits.number(2);
    if (transform != subtract_green) {
      bits.number(transform == color_indexing ? 8 : 3);
      return read_first_group(bits, false);
    }
    if (subtracts_green) return false;  // each at most once
    subtracts_green = true;
  }
  return read_first_group(bits, true);
}

}  // namespace visionshard::codec
