// The bits of a JPEG scan, read and written: Huffman codes with the values behind them (T.81 annex F), most significant
// bit first, a stuffed zero behind each 0xFF byte.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/bytes.h"

namespace visionshard::codec {

/// A table as a DHT segment spells it (T.81 B.2.4.2).
struct JpegHuffmanTable {
  std::array<std::uint8_t, 16> codes_of_length{};  // 1 to 16 bits
  std::array<std::uint8_t, 256> symbols{};         // in the order of their codes
};

namespace entropy {

/// A symbol names in its low half how many bits of a value follow it.
struct Symbol {
  std::uint8_t symbol;
  std::int16_t value;
};

inline std::uint64_t load_big_endian(const std::uint8_t* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}

/// The value that `size` bits stand for (T.81 F.2.2.1).
inline int extended(unsigned bits, unsigned size) noexcept {
  return static_cast<int>(bits) + ((bits >> (size - 1)) != 0 ? 0 : 1 - (1 << size));
}

}  // namespace entropy

/// The place in a scan's bits. A value, to be held in registers for a block: as members of an object whose address is
/// known elsewhere its fields would be written to memory with every symbol, which took a third longer.
struct BitCursor {
  const std::uint8_t* at = nullptr;
  std::uint64_t buffer = 0;  // the next bits, from the highest
  unsigned count = 0;        // of them that are valid

  void refill() noexcept {
    buffer |= entropy::load_big_endian(at) >> count;
    at += (63 - count) >> 3;
    count |= 56;
  }
  void drop(unsigned bits) noexcept {
    buffer <<= bits;
    count -= bits;
  }
};

/// Looks codes of up to 11 bits up together with the value behind them where that fits as well: on photographs nine
/// symbols in ten cost one look.
class HuffmanDecoder {
 public:
  explicit HuffmanDecoder(const JpegHuffmanTable& table);

  /// The next symbol and its value. False where the bits are no code.
  bool next(BitCursor& cursor, entropy::Symbol& out) const noexcept {
    cursor.refill();
    const std::uint32_t look = look_[cursor.buffer >> (64 - look_bits)];
    if ((look & whole) != 0) {
      cursor.drop(look & 31);
      out = {static_cast<std::uint8_t>(look >> 8), static_cast<std::int16_t>(look >> 16)};
      return true;
    }
    const Long found = next_long(cursor, look);
    cursor = found.cursor;
    out = found.symbol;
    return found.valid;
  }

 private:
  struct Long {
    BitCursor cursor;
    entropy::Symbol symbol;
    bool valid;
  };
  static constexpr unsigned look_bits = 11;
  // Value, symbol, `whole`, bits to drop: 16, 8, 1 and 5 bits. Without `whole` the bits are the code's alone; 0 is a
  // code of more than look_bits.
  static constexpr std::uint32_t whole = 1 << 7;

  Long next_long(BitCursor cursor, std::uint32_t look) const noexcept;

  std::array<std::uint32_t, 1 << look_bits> look_{};
  std::array<std::uint32_t, 17> first_beyond_{};  // the first 16-bit pattern beyond the codes of a length
  std::array<int, 17> offset_{};                  // of a length's first code among the symbols
  std::array<std::uint8_t, 256> symbols_;
};

/// Gives a scan's data in pieces that have been freed of stuffing. Not thread-safe.
class ScanReader {
 public:
  /// `data` from behind the scan's header to the marker behind the scan.
  explicit ScanReader(ByteView data) : in_(as_uchar(data)), in_end_(in_ + data.size()), chunk_(chunk_bytes + padding) {
    cursor_.at = end_ = start();
  }

  /// Where a block begins; all that it can take, 64 symbols of at most 27 bits, can be read.
  BitCursor begin_block() {
    if (end_ - cursor_.at < block_bytes && !at_marker_) read_on();
    return cursor_;
  }
  /// Where it ended. False where more was read than there is.
  bool end_block(BitCursor cursor) noexcept {
    cursor_ = cursor;
    return !at_marker_ || bits_left() >= 0;
  }

  /// To be called where a restart interval ends: whether all of its data was used and marker number `restart` follows.
  bool end_interval(unsigned restart);

 private:
  static constexpr std::ptrdiff_t block_bytes = 64 * 27 / 8 + 16;
  static constexpr std::size_t chunk_bytes = 32 << 10, padding = 512;

  std::uint8_t* start() noexcept { return reinterpret_cast<std::uint8_t*>(chunk_.data()); }
  std::ptrdiff_t bits_left() const noexcept {
    return (end_ - cursor_.at) * 8 + static_cast<std::ptrdiff_t>(cursor_.count);
  }
  void read_on();

  const std::uint8_t* in_;
  const std::uint8_t* in_end_;
  Bytes chunk_;
  BitCursor cursor_;
  const std::uint8_t* end_;
  bool at_marker_ = false;
};

/// What a scan's writer has ready of one table: for each symbol its code and, in the low 8 bits, the code's length.
using HuffmanCodes = std::array<std::uint32_t, 256>;

enum class CodeKind : std::uint8_t { dc, ac };

/// Codes for all symbols that a baseline scan can have, made for those that are expected so often. None is all ones
/// (T.81 C).
JpegHuffmanTable table_for(CodeKind kind, const std::array<double, 256>& expected, HuffmanCodes& codes);

class ScanWriter {
 public:
  /// Bits that are no whole word yet. A value, to be held in registers like BitCursor.
  struct Pending {
    std::uint64_t buffer = 0;
    unsigned free = 64;
  };

  /// `bits` has nothing above its low `count` bits; at most 32.
  void put(Pending& pending, std::uint64_t bits, unsigned count) {
    if (count <= pending.free) {
      pending.buffer = pending.buffer << count | bits;
      pending.free -= count;
      return;
    }
    word(pending.buffer << pending.free | bits >> (count - pending.free));
    pending.free += 64 - count;
    pending.buffer = bits;
  }

  /// `symbol` with `value`, whose size is the symbol's low half.
  void put(Pending& pending, const HuffmanCodes& codes, unsigned symbol, int value) {
    const std::uint32_t code = codes[symbol];
    put(pending, std::uint64_t{code >> 8} << (symbol & 15) | value_bits(symbol, value), (code & 255) + (symbol & 15));
  }

  /// The same without a branch, and no bits where `value` is 0.
  void put_unless_zero(Pending& pending, const HuffmanCodes& codes, unsigned symbol, int value) {
    const std::uint32_t code = codes[symbol];
    const unsigned all = value != 0 ? ~0u : 0u;
    put(pending, (std::uint64_t{code >> 8} << (symbol & 15) | value_bits(symbol, value)) & all,
        ((code & 255) + (symbol & 15)) & all);
  }

  /// Writes what is pending, the last byte filled up with ones.
  void finish(Pending pending);

  Bytes& out() noexcept { return out_; }

 private:
  static unsigned value_bits(unsigned symbol, int value) noexcept {
    return static_cast<unsigned>(value - (value < 0 ? 1 : 0)) & ((1u << (symbol & 15)) - 1);
  }
  void word(std::uint64_t bits) {
    const std::size_t size = out_.size();
    if (out_.capacity() < size + 16) out_.reserve((size + 16) * 3 / 2);
    out_.resize(size + 8);
    const std::uint64_t stored = std::endian::native == std::endian::little ? __builtin_bswap64(bits) : bits;
    std::memcpy(out_.data() + size, &stored, 8);
    // Some byte may be 0xFF.
    if ((bits & 0x8080808080808080u & ~(bits + 0x0101010101010101u)) != 0) {
      out_.resize(size);
      put_bytes(bits, 8);
    }
  }
  void put_bytes(std::uint64_t bits, unsigned count);

  Bytes out_;
};

}  // namespace visionshard::codec
