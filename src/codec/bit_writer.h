// Writes bits from the lowest of each byte on, as DEFLATE and lossless WebP store them.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace visionshard::codec {

/// Replaces what `out` holds. Not thread-safe.
class BitWriter {
 public:
  explicit BitWriter(Bytes& out) : out_(out) {}

  /// Up to 56 bits; the caller has reserved the space.
  void put(std::uint64_t bits, unsigned count) noexcept {
    buffer_ |= bits << held_;
    held_ += count;
    std::memcpy(out_.data() + at_, &buffer_, 8);
    at_ += held_ >> 3;
    buffer_ >>= held_ & ~7u;
    held_ &= 7;
  }
  /// Throws std::bad_alloc.
  void make_room(std::size_t bytes) {
    if (at_ + bytes + 16 > out_.size()) out_.resize((at_ + bytes + 16) * 3 / 2);
  }
  /// Fills the last byte with zeros.
  void finish() {
    if (held_ > 0) put(0, 8 - held_);
    out_.resize(at_);
  }

 private:
  Bytes& out_;
  std::size_t at_ = 0;
  std::uint64_t buffer_ = 0;
  unsigned held_ = 0;
};

}  // namespace visionshard::codec
