#include "codec/vp8l_codes.h"

#include <array>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

// Least significant bit first; zeros after the end.
class BitReader {
 public:
  explicit BitReader(ByteView data) : data_(data) {}

  unsigned number(unsigned bits) noexcept {  // up to 16
    std::uint32_t window = 0;
    for (std::size_t i = 0; i < 3; ++i)
      if (at_ / 8 + i < data_.size()) window |= std::uint32_t{u8(data_, at_ / 8 + i)} << 8 * i;
    const std::uint32_t value = window >> at_ % 8 & ((1u << bits) - 1);
    at_ += bits;
    return value;
  }
  bool is_past_end() const noexcept { return at_ > 8 * data_.size(); }

 private:
  ByteView data_;
  std::size_t at_ = 0;
};

constexpr unsigned max_code_bits = 15, length_codes = 19;

// A canonical prefix code, by the number of its codes of each length. Complete, or of one symbol, which takes no bits.
struct CodeShape {
  std::array<unsigned, max_code_bits + 1> count{};
  unsigned symbols = 0;

  void add(unsigned length) noexcept {
    if (length == 0) return;
    ++count[length];
    ++symbols;
  }
  bool is_sound() const noexcept {
    if (symbols <= 1) return symbols == 1;
    int open = 1;
    for (unsigned length = 1; length <= max_code_bits; ++length) {
      open = 2 * open - static_cast<int>(count[length]);
      if (open < 0) return false;
    }
    return open == 0;
  }
};

// The code of the code lengths, section 3.7.2.1.
class LengthCode {
 public:
  bool read(BitReader& bits) noexcept {
    constexpr std::array<std::uint8_t, length_codes> order = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                              7,  8,  9, 10, 11, 12, 13, 14, 15};
    const unsigned count = 4 + bits.number(4);
    for (unsigned i = 0; i < count; ++i) lengths_[order[i]] = static_cast<std::uint8_t>(bits.number(3));
    for (const unsigned length : lengths_) shape_.add(length);
    unsigned next = 0;
    for (unsigned length = 1; length <= 7; ++length)
      for (unsigned symbol = 0; symbol < length_codes; ++symbol)
        if (lengths_[symbol] == length) sorted_[next++] = static_cast<std::uint8_t>(symbol);
    return shape_.is_sound();
  }

  unsigned symbol(BitReader& bits) const noexcept {
    if (shape_.symbols == 1) return sorted_[0];
    unsigned code = 0, first = 0, before = 0;
    for (unsigned length = 1; length < 8; ++length) {
      code = code << 1 | bits.number(1);
      first <<= 1;
      if (code - first < shape_.count[length]) return sorted_[before + code - first];
      before += shape_.count[length];
      first += shape_.count[length];
    }
    return 0;  // not reached: the code is complete
  }

 private:
  std::array<std::uint8_t, length_codes> lengths_{}, sorted_{};
  CodeShape shape_;
};

bool read_prefix_code(BitReader& bits, unsigned alphabet) noexcept {
  CodeShape shape;
  if (bits.number(1) == 1) {
    const bool has_two = bits.number(1) == 1;
    const unsigned first = bits.number(bits.number(1) == 1 ? 8 : 1);
    const unsigned second = has_two ? bits.number(8) : first;
    return first < alphabet || second < alphabet;
  }
  LengthCode lengths;
  if (!lengths.read(bits)) return false;
  unsigned left = alphabet;
  if (bits.number(1) == 1) {
    const unsigned size_bits = 2 + 2 * bits.number(3);
    left = 2 + bits.number(size_bits);
    if (left > alphabet) return false;
  }
  unsigned previous = 8;
  for (unsigned symbol = 0; symbol < alphabet && left > 0; --left) {
    const unsigned length = lengths.symbol(bits);
    if (length < 16) {
      shape.add(length);
      ++symbol;
      if (length != 0) previous = length;
      continue;
    }
    const unsigned repeat = length == 16 ? 3 + bits.number(2) : length == 17 ? 3 + bits.number(3) : 11 + bits.number(7);
    if (symbol + repeat > alphabet) return false;
    for (unsigned i = 0; length == 16 && i < repeat; ++i) shape.add(previous);
    symbol += repeat;
  }
  return shape.is_sound() && !bits.is_past_end();
}

// Section 3.8.2: color cache, then the five codes of a group.
bool read_first_group(BitReader& bits, bool may_have_groups) noexcept {
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
  return !bits.is_past_end();
}

}  // namespace

bool has_sound_vp8l_codes(ByteView data) noexcept {
  BitReader bits(data);
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
