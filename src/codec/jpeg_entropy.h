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

/// Looks codes of up to 11 bits up together with the value behind them where that fits as well: on photographs nine
/// symbols in ten cost one look.
class HuffmanDecoder {
 public:
  explicit HuffmanDecoder(const JpegHuffmanTable& table);

 private:
  friend class ScanReader;
  static constexpr unsigned look_bits = 11;
  // Value, symbol, `whole`, bits to drop: 16, 8, 1 and 5 bits. Without `whole` the bits are the code's alone; 0 is a
  // code of more than look_bits.
  static constexpr std::uint32_t whole = 1 << 7;
  std::array<std::uint32_t, 1 << look_bits> look_{};
  std::array<std::uint32_t, 18> first_beyond_{};  // the first 16-bit pattern beyond the codes of a length
  std::array<int, 17> offset_{};                  // of a length's first code among the symbols
  std::array<std::uint8_t, 256> symbols_;
};

/// Reads a scan's data in pieces that have been freed of stuffing. Not thread-safe.
class ScanReader {
 public:
  /// `data` from behind the scan's header to the marker behind the scan.
  explicit ScanReader(ByteView data) : in_(as_uchar(data)), in_end_(in_ + data.size()), chunk_(chunk_bytes + padding) {
    at_ = end_ = start();
  }

  /// To be called before each block: a block takes 64 symbols of at most 27 bits.
  void prepare_block() {
    if (end_ - at_ < block_bytes && !at_marker_) read_on();
  }

  /// False where the bits are no code.
  bool next(const HuffmanDecoder& decoder, entropy::Symbol& out) noexcept {
    if (count_ < 32) refill();
    const std::uint32_t look = decoder.look_[buffer_ >> (64 - HuffmanDecoder::look_bits)];
    if ((look & HuffmanDecoder::whole) != 0) {
      drop(look & 31);
      out = {static_cast<std::uint8_t>(look >> 8), static_cast<std::int16_t>(look >> 16)};
      return true;
    }
    return next_long(decoder, look, out);
  }

  /// Whether no more was read than there is.
  bool within() const noexcept { return !at_marker_ || bits_left() >= 0; }

  /// To be called where a restart interval or the scan ends: whether all of its data was used and, with a `restart`
  /// number, its marker follows.
  bool end_interval(int restart);

 private:
  static constexpr std::ptrdiff_t block_bytes = 64 * 27 / 8 + 16;
  static constexpr std::size_t chunk_bytes = 32 << 10, padding = 512;

  std::uint8_t* start() noexcept { return reinterpret_cast<std::uint8_t*>(chunk_.data()); }
  void refill() noexcept {
    buffer_ |= entropy::load_big_endian(at_) >> count_;
    at_ += (63 - count_) >> 3;
    count_ |= 56;
  }
  void drop(unsigned bits) noexcept {
    buffer_ <<= bits;
    count_ -= bits;
  }
  std::ptrdiff_t bits_left() const noexcept { return (end_ - at_) * 8 + static_cast<std::ptrdiff_t>(count_); }
  bool next_long(const HuffmanDecoder& decoder, std::uint32_t look, entropy::Symbol& out) noexcept;
  void read_on();

  const std::uint8_t* in_;
  const std::uint8_t* in_end_;
  Bytes chunk_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool at_marker_ = false;
  std::uint64_t buffer_ = 0;
  unsigned count_ = 0;
};

/// What a scan's writer has ready of one table: for each symbol its code and, in the low 8 bits, the code's length.
using HuffmanCodes = std::array<std::uint32_t, 256>;

enum class CodeKind : std::uint8_t { dc, ac };

/// Codes for all symbols that a baseline scan can have, made for those that are expected so often. None is all ones
/// (T.81 C).
JpegHuffmanTable table_for(CodeKind kind, const std::array<double, 256>& expected, HuffmanCodes& codes);

class ScanWriter {
 public:
  /// `bits` has nothing above its low `count` bits; at most 32.
  void put(std::uint64_t bits, unsigned count) {
    if (count <= free_) {
      buffer_ = buffer_ << count | bits;
      free_ -= count;
      return;
    }
    buffer_ = buffer_ << free_ | bits >> (count - free_);
    flush();
    free_ += 64 - count;
    buffer_ = bits;
  }

  /// `symbol` with `value`, whose size is the symbol's low half.
  void put(const HuffmanCodes& codes, unsigned symbol, int value) {
    const std::uint32_t code = codes[symbol];
    const unsigned size = symbol & 15;
    const auto bits = static_cast<unsigned>(value - (value < 0 ? 1 : 0)) & ((1u << size) - 1);
    put(std::uint64_t{code >> 8} << size | bits, (code & 255) + size);
  }

  std::size_t size() const noexcept { return out_.size(); }
  /// Fills the last byte with ones.
  void finish();
  Bytes& out() noexcept { return out_; }

 private:
  void flush() {
    const std::uint64_t word = buffer_;
    const std::size_t size = out_.size();
    if (out_.capacity() < size + 16) out_.reserve((size + 16) * 3 / 2);
    out_.resize(size + 8);
    const std::uint64_t stored = std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
    std::memcpy(out_.data() + size, &stored, 8);
    // Some byte may be 0xFF.
    if ((word & 0x8080808080808080u & ~(word + 0x0101010101010101u)) != 0) {
      out_.resize(size);
      put_bytes(word, 8);
    }
  }
  void put_bytes(std::uint64_t word, unsigned count);

  Bytes out_;
  std::uint64_t buffer_ = 0;
  unsigned free_ = 64;
};

}  // namespace visionshard::codec
