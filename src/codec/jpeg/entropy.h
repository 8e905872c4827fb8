// The bits of a JPEG scan, read and written: Huffman codes with the values after them (T.81 annex F), most significant
// bit first, a stuffed zero after each 0xFF byte.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "codec/jpeg/block.h"

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

/// What a block can take: 64 codes of 16 bits with values of 15, and what a cursor reads ahead.
constexpr std::size_t max_block_bytes = 64 * 31 / 8 + 16;

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

/// Looks codes of up to 11 bits up together with the value after them where that fits as well: on photographs nine
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
    const std::uint32_t code = look != 0 ? look : long_code(cursor.buffer);
    if (code == 0) return false;
    cursor.drop(code & 31);
    const unsigned size = code >> 8 & 15;
    out = {static_cast<std::uint8_t>(code >> 8), 0};
    if (size > 0) {
      out.value =
          static_cast<std::int16_t>(entropy::extended(static_cast<unsigned>(cursor.buffer >> (64 - size)), size));
      cursor.drop(size);
    }
    return true;
  }

  /// The values of a block's AC coefficients to `block`, which is zeros, in rising frequency; some beyond 63 may be
  /// written where the data is damaged, up to block_room. False where the bits are no block.
  bool next_ac(BitCursor& cursor, std::int16_t* block) const noexcept {
    BitCursor in = cursor;
    for (unsigned k = 0;;) {
      in.refill();
      // What one refill lasts for: its chain of a load and shifts is longer than that of a look.
      for (unsigned looks = 0; looks < 56 / look_bits - 1; ++looks) {
        std::uint32_t look = look_[in.buffer >> (64 - look_bits)];
        if ((look & whole) != 0) {
          in.drop(look & 31);
        } else {
          in.refill();
          if (look == 0 && (look = long_code(in.buffer)) == 0) return false;
          in.drop(look & 31);
          // One refill is enough for a code and its value, but not for more looks.
          if (const unsigned size = look >> 8 & 15; size > 0) {
            look |= static_cast<std::uint32_t>(entropy::extended(static_cast<unsigned>(in.buffer >> (64 - size)), size))
                    << 16;
            in.drop(size);
          }
          in.refill();
        }
        const unsigned symbol = look >> 8 & 255;
        if (look >> 16 == 0) {
          if (symbol == end_of_block) {
            cursor = in;
            return true;
          }
          if (symbol != sixteen_zeros || k + 17 > 63) return false;
          k += 16;
          continue;
        }
        k += (symbol >> 4) + 1;
        block[k] = static_cast<std::int16_t>(look >> 16);
        if (k >= 63) {
          cursor = in;
          return k == 63;
        }
      }
    }
  }

  struct Code {
    std::uint8_t symbol;
    unsigned bits;  // 0: none
  };
  /// The code at the top of `buffer`.
  Code code_at(std::uint64_t buffer) const noexcept;

  /// Values that next_ac may write.
  static constexpr std::size_t block_room = 80;

 private:
  static constexpr unsigned look_bits = 11;
  // Value, symbol, `whole`, bits to drop: 16, 8, 1 and 5 bits. Without `whole` the bits are the code's alone; 0 is a
  // code of more than look_bits.
  static constexpr std::uint32_t whole = 1 << 7;

  // A code of more than look_bits at the top of `buffer`, as look_ has shorter ones; 0 where there is none.
  std::uint32_t long_code(std::uint64_t buffer) const noexcept;

  std::array<std::uint32_t, 1 << look_bits> look_{};
  std::array<std::uint32_t, 17> first_beyond_{};  // the first 16-bit pattern beyond the codes of a length
  std::array<int, 17> offset_{};                  // of a length's first code among the symbols
  std::array<std::uint8_t, 256> symbols_;
};

/// Passes over blocks of whose coefficients only the end is wanted: all symbols within 13 bits at a time, or one with
/// its value wherever that ends.
class BlockSkipper {
 public:
  explicit BlockSkipper(const HuffmanDecoder& ac);

  /// To the end of the block's AC coefficients. False exactly where next_ac says so.
  bool skip(BitCursor& cursor) const noexcept {
    BitCursor in = cursor;
    for (unsigned k = 0;;) {
      in.refill();
      for (unsigned looks = 0; looks < 2; ++looks) {
        const unsigned look = looks_[in.buffer >> (64 - look_bits)];
        const unsigned coefficients = look >> 6;
        if (look == 0 || k + coefficients > 62) {
          if (!step(in, k)) return false;
          if (k < 63) break;
          cursor = in;
          return true;
        }
        in.drop(look & 31);
        k += coefficients;
        if ((look & block_end) != 0) {
          cursor = in;
          return true;
        }
      }
    }
  }

 private:
  static constexpr unsigned look_bits = 13;
  static constexpr unsigned block_end = 1 << 5;

  // One symbol, where it may be the last that fits, has a long code, or is none. `k` is 63 where the block ends.
  bool step(BitCursor& in, unsigned& k) const noexcept;

  const HuffmanDecoder& ac_;
  std::array<std::uint16_t, 1 << look_bits> looks_{};  // coefficients, block_end, bits to drop; 0: step
};

/// Gives a scan's data in pieces that have been freed of stuffing. Not thread-safe.
class ScanReader {
 public:
  /// `data` from after the scan's header to the marker after the scan.
  explicit ScanReader(ByteView data) : in_(as_uchar(data)), in_end_(in_ + data.size()), chunk_(chunk_bytes + padding) {
    cursor_.at = end_ = start();
  }

  /// Where a block begins; max_block_bytes can be read.
  BitCursor begin_block() {
    if (end_ - cursor_.at < static_cast<std::ptrdiff_t>(max_block_bytes) && !at_marker_) read_on();
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
  static constexpr std::size_t chunk_bytes = 32 << 10, padding = 2 * max_block_bytes;

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

/// What a scan's writer has ready of one table: for each symbol its code, shifted up by the bits of the value that
/// follows it, and in the low 5 bits the length of both.
using HuffmanCodes = std::array<std::uint32_t, 256>;

/// Which symbols need a code: of differences, of a sequential scan's coefficients, of a progressive scan's.
enum class CodeKind : std::uint8_t { dc, ac, progressive_ac };

/// Codes for all symbols that such a scan of 8-bit samples can have, made for those that are expected so often. None is
/// all ones (T.81 C).
JpegHuffmanTable table_for(CodeKind kind, const std::array<double, 256>& expected, HuffmanCodes& codes);

/// Writes a scan's bits. They go to a small buffer as they are, without a branch, and are stuffed from there on.
class ScanWriter {
 public:
  ScanWriter() : raw_(raw_bytes + padding) {}

  /// Bits that are no whole byte yet. A value, to be held in registers like BitCursor.
  struct Pending {
    std::uint64_t buffer = 0;  // from the highest bit
    unsigned held = 0;
    std::uint8_t* at = nullptr;

    /// `bits` has nothing above its low `count` bits, 0 to 56.
    void put(std::uint64_t bits, unsigned count) noexcept {
      buffer |= bits << 1 << (63 - held - count);
      held += count;
      const std::uint64_t stored = std::endian::native == std::endian::little ? __builtin_bswap64(buffer) : buffer;
      std::memcpy(at, &stored, 8);
      at += held >> 3;
      buffer <<= held & 56;
      held &= 7;
    }

    /// `symbol` with `value`, whose size is the symbol's low half.
    void put(const HuffmanCodes& codes, unsigned symbol, int value) noexcept {
      const std::uint32_t code = codes[symbol];
      const auto value_bits = static_cast<unsigned>(value - (value < 0 ? 1 : 0)) & ((1u << (symbol & 15)) - 1);
      put(code >> 5 | value_bits, code & 31);
    }
  };

  /// Returns where to continue; there is space for the largest block, 64 symbols of at most 32 bits.
  Pending begin_block() {
    if (pending_.at == nullptr || pending_.at - start() > static_cast<std::ptrdiff_t>(raw_bytes)) stuff();
    return pending_;
  }
  void end_block(const Pending& pending) noexcept { pending_ = pending; }

  /// Writes what is pending, the last byte filled up with ones.
  void finish();

  /// What is written and stuffed; more may be on its way until finish().
  Bytes& out() noexcept { return out_; }
  std::size_t size() const noexcept {
    return out_.size() + (pending_.at == nullptr ? 0 : static_cast<std::size_t>(pending_.at - start()));
  }

 private:
  static constexpr std::size_t raw_bytes = 16 << 10, padding = 512;

  const std::uint8_t* start() const noexcept { return reinterpret_cast<const std::uint8_t*>(raw_.data()); }
  void stuff();

  Bytes raw_, out_;
  Pending pending_;
};

}  // namespace visionshard::codec
