// What DEFLATE (RFC 1951 section 3.2.7) and VP8L (RFC 9649 section 3.7.2) share: prefix codes given by the lengths of
// their codes, which are themselves coded.
#pragma once

#include <array>
#include <cstdint>

#include "codec/byte_order.h"

namespace visionshard::codec {

/// Least significant bit first; zeros after the end.
class LowBitReader {
 public:
  explicit LowBitReader(ByteView data) : data_(data) {}

  unsigned number(unsigned bits) noexcept {  // up to 16
    std::uint32_t window = 0;
    for (std::size_t i = 0; i < 3; ++i)
      if (at_ / 8 + i < data_.size()) window |= std::uint32_t{u8(data_, at_ / 8 + i)} << 8 * i;
    const std::uint32_t value = window >> at_ % 8 & ((1u << bits) - 1);
    at_ += bits;
    return value;
  }
  void skip_to_byte() noexcept { at_ = (at_ + 7) / 8 * 8; }
  bool is_past_end() const noexcept { return at_ > 8 * data_.size(); }

 private:
  ByteView data_;
  std::size_t at_ = 0;
};

/// A canonical code by the number of its codes of each length.
struct CodeShape {
  std::array<std::uint16_t, 16> count{};
  unsigned symbols = 0;

  void add(unsigned length, unsigned times = 1) noexcept {
    if (length == 0) return;
    count[length] = static_cast<std::uint16_t>(count[length] + times);
    symbols += times;
  }

  /// Codes that are still free: 0 where the code is complete, negative where there are too many.
  int open_codes() const noexcept {
    int open = 1;
    for (unsigned length = 1; length < count.size() && open >= 0; ++length) open = 2 * open - count[length];
    return open;
  }

  /// The rank of the next code among all, by length and then by symbol. Only for complete codes.
  unsigned rank(LowBitReader& bits) const noexcept {
    unsigned code = 0, first = 0, before = 0;
    for (unsigned length = 1; length < count.size(); ++length) {
      code = code << 1 | bits.number(1);
      first <<= 1;
      if (code - first < count[length]) return before + code - first;
      before += count[length];
      first += count[length];
    }
    return 0;
  }
};

/// The code that the lengths of other codes are written in.
class LengthCode {
 public:
  static constexpr unsigned symbols = 19;

  /// Reads `given` lengths, which belong to the symbols of `order`.
  LengthCode(LowBitReader& bits, const std::array<std::uint8_t, symbols>& order, unsigned given) noexcept {
    std::array<std::uint8_t, symbols> lengths{};
    for (unsigned i = 0; i < given; ++i) lengths[order[i]] = static_cast<std::uint8_t>(bits.number(3));
    for (const unsigned length : lengths) shape_.add(length);
    unsigned next = 0;
    for (unsigned length = 1; length <= 7; ++length)
      for (unsigned symbol = 0; symbol < symbols; ++symbol)
        if (lengths[symbol] == length) sorted_[next++] = static_cast<std::uint8_t>(symbol);
  }

  const CodeShape& shape() const noexcept { return shape_; }

  /// The next entry: one length or a run of them. `previous` is the length before it.
  struct Run {
    unsigned length, times;
  };
  Run next(LowBitReader& bits, unsigned previous) const noexcept {
    // A code of one symbol takes no bits in VP8L; DEFLATE does not allow it here.
    const unsigned symbol = sorted_[shape_.symbols == 1 ? 0 : shape_.rank(bits)];
    if (symbol < 16) return {symbol, 1};
    if (symbol == 16) return {previous, 3 + bits.number(2)};
    return {0, symbol == 17 ? 3 + bits.number(3) : 11 + bits.number(7)};
  }

 private:
  std::array<std::uint8_t, symbols> sorted_{};
  CodeShape shape_;
};

}  // namespace visionshard::codec
