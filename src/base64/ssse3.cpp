#if defined(__x86_64__)

#include <immintrin.h>

#include "base64/kernels.h"
#include "base64/x86_tables.h"

#define VISIONSHARD_SSSE3 __attribute__((target("ssse3")))

namespace visionshard::base64 {
namespace {

VISIONSHARD_SSSE3 inline __m128i load(const void* from) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

VISIONSHARD_SSSE3 inline void store(void* to, __m128i v) noexcept { _mm_storeu_si128(static_cast<__m128i*>(to), v); }

VISIONSHARD_SSSE3 inline __m128i table(const ShuffleTable& entries) noexcept {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(entries.data()));
}

// The sign bit of each character outside the alphabet.
VISIONSHARD_SSSE3 inline __m128i outside(__m128i text) noexcept {
  const __m128i bucket = _mm_avg_epu8(_mm_shuffle_epi8(table(check_association), text), _mm_srli_epi32(text, 3));
  return _mm_adds_epi8(_mm_shuffle_epi8(table(check_limits), bucket), text);
}

// Of characters in the alphabet.
VISIONSHARD_SSSE3 inline __m128i six_bit_values(__m128i text) noexcept {
  const __m128i bucket =
      _mm_add_epi8(_mm_avg_epu8(_mm_set1_epi8(1), _mm_srli_epi32(text, 3)), _mm_cmpeq_epi8(text, _mm_set1_epi8('/')));
  return _mm_add_epi8(text, _mm_shuffle_epi8(table(distances), bucket));
}

VISIONSHARD_SSSE3 inline unsigned sign_mask(__m128i v) noexcept { return static_cast<unsigned>(_mm_movemask_epi8(v)); }

// 12 bytes from 16 characters, in the low part.
VISIONSHARD_SSSE3 inline __m128i decode_block(__m128i text) noexcept {
  const __m128i twelve_bits = _mm_maddubs_epi16(six_bit_values(text), _mm_set1_epi16(0x0140));
  return _mm_shuffle_epi8(_mm_madd_epi16(twelve_bits, _mm_set1_epi32(0x00011000)), table(packed_order));
}

VISIONSHARD_SSSE3 std::size_t decode_groups(const char* text, std::size_t length, std::byte* out) noexcept {
  std::size_t at = 0;
  for (; at + 64 <= length; at += 64) {
    const char* from = text + at;
    std::byte* to = out + at / 4 * 3;
    const __m128i block0 = load(from);
    const __m128i block1 = load(from + 16);
    const __m128i block2 = load(from + 32);
    const __m128i block3 = load(from + 48);
    const __m128i bad =
        _mm_or_si128(_mm_or_si128(outside(block0), outside(block1)), _mm_or_si128(outside(block2), outside(block3)));
    if (sign_mask(bad) != 0) break;
    store(to, decode_block(block0));
    store(to + 12, decode_block(block1));
    store(to + 24, decode_block(block2));
    store(to + 36, decode_block(block3));
  }
  const std::size_t whole = length / 4 * 4;
  if (whole < 16) return scalar_kernel.decode_groups(text, length, out);
  while (at < whole) {
    if (at + 16 > whole) at = whole - 16;  // decodes some groups twice, which is cheaper than a scalar tail
    const __m128i block = load(text + at);
    store(out + at / 4 * 3, decode_block(block));
    if (const unsigned bad = sign_mask(outside(block)); bad != 0)
      return at + static_cast<unsigned>(std::countr_zero(bad)) / 4 * 4;
    at += 16;
  }
  return at;
}

VISIONSHARD_SSSE3 std::size_t copy_alphabet(const char* text, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 16 <= length; at += 16) {
    const __m128i block = load(text + at);
    const __m128i minus = _mm_cmpeq_epi8(block, _mm_set1_epi8('-'));
    const __m128i underscore = _mm_cmpeq_epi8(block, _mm_set1_epi8('_'));
    const __m128i standard = _mm_add_epi8(block, _mm_or_si128(_mm_and_si128(minus, _mm_set1_epi8('+' - '-')),
                                                              _mm_and_si128(underscore, _mm_set1_epi8('/' - '_'))));
    store(out + at, standard);
    if (const unsigned bad = sign_mask(outside(standard)); bad != 0)
      return at + static_cast<unsigned>(std::countr_zero(bad));
  }
  return at + scalar_kernel.copy_alphabet(text + at, length - at, out + at);
}

// 16 characters from 12 bytes; reads 16 bytes.
VISIONSHARD_SSSE3 inline __m128i encode_12(const std::byte* from) noexcept {
  const __m128i spread = _mm_shuffle_epi8(load(from), table(spread_order));
  const __m128i even = _mm_mulhi_epu16(_mm_and_si128(spread, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
  const __m128i odd = _mm_mullo_epi16(_mm_and_si128(spread, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
  const __m128i value = _mm_or_si128(even, odd);
  const __m128i range = _mm_sub_epi8(_mm_subs_epu8(value, _mm_set1_epi8(51)), _mm_cmpgt_epi8(value, _mm_set1_epi8(25)));
  return _mm_add_epi8(value, _mm_shuffle_epi8(table(encode_distances), range));
}

VISIONSHARD_SSSE3 void encode(const std::byte* bytes, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 52 <= length; at += 48) {
    const std::byte* from = bytes + at;
    char* to = out + at / 3 * 4;
    store(to, encode_12(from));
    store(to + 16, encode_12(from + 12));
    store(to + 32, encode_12(from + 24));
    store(to + 48, encode_12(from + 36));
  }
  for (; at + 16 <= length; at += 12) store(out + at / 3 * 4, encode_12(bytes + at));
  scalar_kernel.encode(bytes + at, length - at, out + at / 3 * 4);
}

}  // namespace

constinit const KernelFunctions ssse3_kernel{decode_groups, copy_alphabet, encode};

}  // namespace visionshard::base64

#endif
