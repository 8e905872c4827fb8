#include "codec/jpeg/entropy.h"

#include <algorithm>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "codec/huffman_code.h"

namespace visionshard::codec {

HuffmanDecoder::HuffmanDecoder(const JpegHuffmanTable& table) : symbols_(table.symbols) {
  std::uint32_t code = 0;
  std::size_t index = 0;
  for (unsigned length = 1; length <= 16; ++length, code <<= 1) {
    offset_[length] = static_cast<int>(index) - static_cast<int>(code);
    for (unsigned i = 0; i < table.codes_of_length[length - 1] && index < symbols_.size(); ++i, ++code, ++index) {
      if (length > look_bits) continue;
      const std::uint8_t symbol = symbols_[index];
      const unsigned size = symbol & 15, spare = look_bits - length;
      for (std::uint32_t rest = 0; rest < 1u << spare && code << spare < look_.size(); ++rest) {
        std::uint32_t& look = look_[(code << spare | rest) & (look_.size() - 1)];
        look = std::uint32_t{symbol} << 8 | length;
        if (size > spare) continue;
        const int value = size == 0 ? 0 : entropy::extended(rest >> (spare - size), size);
        look = static_cast<std::uint32_t>(value) << 16 | std::uint32_t{symbol} << 8 | whole | (length + size);
      }
    }
    first_beyond_[length] = code << (16 - length);
  }
}

std::uint32_t HuffmanDecoder::long_code(std::uint64_t buffer) const noexcept {
  const auto bits = static_cast<std::uint32_t>(buffer >> 48);
  unsigned length = look_bits + 1;
  while (length <= 16 && bits >= first_beyond_[length]) ++length;
  const int index = length <= 16 ? static_cast<int>(bits >> (16 - length)) + offset_[length] : -1;
  if (index < 0 || index > 255) return 0;
  return std::uint32_t{symbols_[static_cast<std::size_t>(index)]} << 8 | length;
}

HuffmanDecoder::Code HuffmanDecoder::code_at(std::uint64_t buffer) const noexcept {
  std::uint32_t look = look_[buffer >> (64 - look_bits)];
  if (look == 0) look = long_code(buffer);
  const auto symbol = static_cast<std::uint8_t>(look >> 8);
  return {symbol, (look & whole) != 0 ? (look & 31) - (symbol & 15) : look & 31};
}

BlockSkipper::BlockSkipper(const HuffmanDecoder& ac) : ac_(ac) {
  for (std::uint32_t pattern = 0; pattern < looks_.size(); ++pattern) {
    unsigned used = 0, coefficients = 0, end = 0;
    while (used < look_bits && end == 0) {
      // Bits beyond the pattern are zeros here: what is found counts only where its code ends within.
      const auto [symbol, code_bits] = ac_.code_at(std::uint64_t{pattern} << (64 - look_bits + used));
      const unsigned size = symbol & 15, next = used + code_bits + size;
      if (code_bits == 0 || used + code_bits > look_bits || (next > look_bits && used > 0)) break;
      if (size == 0 && symbol != end_of_block && symbol != sixteen_zeros) break;
      coefficients += size > 0 ? (symbol >> 4) + 1u : symbol == sixteen_zeros ? 16u : 0u;
      if (coefficients > 62) break;
      end = symbol == end_of_block ? block_end : 0;
      used = next;
      looks_[pattern] = static_cast<std::uint16_t>(coefficients << 6 | end | used);
    }
  }
}

bool BlockSkipper::step(BitCursor& in, unsigned& k) const noexcept {
  entropy::Symbol s;
  if (!ac_.next(in, s)) return false;
  if (s.value != 0) {
    k += (s.symbol >> 4) + 1u;
    return k <= 63;
  }
  if (s.symbol == end_of_block) {
    k = 63;
    return true;
  }
  k += 16;
  return s.symbol == sixteen_zeros && k < 63;
}

void ScanReader::read_on() {
  const auto left = static_cast<std::size_t>(end_ - cursor_.at);
  std::uint8_t* out = start();
  std::memmove(out, cursor_.at, left);
  cursor_.at = out;
  std::uint8_t* const full = out + chunk_bytes;
  for (out += left; out < full && !at_marker_;) {
    const std::size_t most = std::min(static_cast<std::size_t>(in_end_ - in_), static_cast<std::size_t>(full - out));
    const auto* const marked = static_cast<const std::uint8_t*>(most > 0 ? std::memchr(in_, 0xFF, most) : nullptr);
    const std::size_t run = marked != nullptr ? static_cast<std::size_t>(marked - in_) : most;
    std::memcpy(out, in_, run);
    out += run;
    in_ += run;
    if (marked == nullptr) {
      at_marker_ = in_ == in_end_;
    } else if (in_end_ - in_ >= 2 && in_[1] == 0) {
      *out++ = 0xFF;
      in_ += 2;
    } else {
      at_marker_ = true;
    }
  }
  end_ = out;
  if (at_marker_) std::memset(out, 0, padding);
}

bool ScanReader::end_interval(unsigned restart) {
  if (!at_marker_) read_on();
  const std::ptrdiff_t left = bits_left();
  if (!at_marker_ || left < 0 || left > 7) return false;
  if (in_end_ - in_ < 2 || in_[1] != 0xD0 + restart) return false;
  in_ += 2;
  cursor_ = {start(), 0, 0};
  end_ = start();
  at_marker_ = false;
  return true;
}

JpegHuffmanTable table_for(CodeKind kind, const std::array<double, 256>& expected, HuffmanCodes& codes) {
  std::array<std::uint32_t, 257> scaled{};
  const double most = std::max(*std::max_element(expected.begin(), expected.end()), 1.0);
  for (unsigned s = 0; s < 256; ++s) {
    const unsigned size = s & 15;
    const bool value = size >= 1 && size <= 10,
               run_alone = size == 0 && (kind == CodeKind::progressive_ac || s == 0x00 || s == 0xF0);
    const bool possible = kind == CodeKind::dc ? s <= 11 : value || run_alone;
    if (possible) scaled[s] = 2 + static_cast<std::uint32_t>(expected[s] / most * 0x1000000);
  }
  // One symbol more, rarer than any: as the last of the longest codes it takes the one that is all ones.
  scaled[256] = 1;
  std::array<HuffmanCode, 257> made;
  build_huffman_codes(scaled, 15, made);
  JpegHuffmanTable table;
  codes = {};
  std::size_t index = 0;
  for (unsigned length = 1; length <= 15; ++length)
    for (std::size_t s = 0; s < 256; ++s) {
      if (made[s].length != length) continue;
      ++table.codes_of_length[length - 1];
      table.symbols[index++] = static_cast<std::uint8_t>(s);
      unsigned bits = 0;
      for (unsigned i = 0; i < length; ++i) bits = bits << 1 | (made[s].bits >> i & 1u);
      const auto size = static_cast<unsigned>(s & 15);
      codes[s] = bits << (size + 5) | (length + size);
    }
  return table;
}

// A 0xFF byte, one in 256, is followed by a zero (T.81 F.1.2.3).
void ScanWriter::stuff() {
  auto* const raw = reinterpret_cast<std::uint8_t*>(raw_.data());
  const std::uint8_t *in = raw, *const end = pending_.at == nullptr ? raw : pending_.at;
  const auto count = static_cast<std::size_t>(end - in);
  const std::size_t before = out_.size(), room = before + 2 * count + 16;
  if (out_.capacity() < room) out_.reserve(room * 3 / 2);
  out_.resize(room);
  auto* const begin = reinterpret_cast<std::uint8_t*>(out_.data());
  std::uint8_t* out = begin + before;
#ifdef __SSE2__
  for (const __m128i ones = _mm_set1_epi8(-1); end - in >= 16;) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
    const auto marks = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, ones)));
    if (marks == 0) {
      in += 16;
      out += 16;
      continue;
    }
    const auto through = std::countr_zero(marks) + 1;
    in += through;
    out += through;
    *out++ = 0;
  }
#endif
  while (in != end) {
    *out++ = *in;
    if (*in++ == 0xFF) *out++ = 0;
  }
  out_.resize(static_cast<std::size_t>(out - begin));
  pending_.at = raw;
}

void ScanWriter::finish() {
  Pending last = begin_block();
  if (last.held > 0) last.put((1u << (8 - last.held)) - 1, 8 - last.held);
  end_block(last);
  stuff();
}

}  // namespace visionshard::codec
