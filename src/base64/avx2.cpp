#if defined(__x86_64__)

#include <immintrin.h>

#include "base64/kernels.h"
#include "base64/x86_tables.h"

#define VISIONSHARD_AVX2 __attribute__((target("avx2")))

namespace visionshard::base64 {
namespace {

VISIONSHARD_AVX2 inline __m256i load(const void* from) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

VISIONSHARD_AVX2 inline void store(void* to, __m256i v) noexcept { _mm256_storeu_si256(static_cast<__m256i*>(to), v); }

VISIONSHARD_AVX2 inline __m256i both_lanes(const ShuffleTable& table) noexcept {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// The sign bit of each character outside the alphabet.
VISIONSHARD_AVX2 inline __m256i outside(__m256i text) noexcept {
  const __m256i bucket =
      _mm256_avg_epu8(_mm256_shuffle_epi8(both_lanes(check_association), text), _mm256_srli_epi32(text, 3));
  return _mm256_adds_epi8(_mm256_shuffle_epi8(both_lanes(check_limits), bucket), text);
}

// Of characters in the alphabet.
VISIONSHARD_AVX2 inline __m256i six_bit_values(__m256i text) noexcept {
  const __m256i bucket = _mm256_add_epi8(_mm256_avg_epu8(_mm256_set1_epi8(1), _mm256_srli_epi32(text, 3)),
                                         _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/')));
  return _mm256_add_epi8(text, _mm256_shuffle_epi8(both_lanes(distances), bucket));
}

VISIONSHARD_AVX2 inline unsigned sign_mask(__m256i v) noexcept {
  return static_cast<unsigned>(_mm256_movemask_epi8(v));
}

// 24 bytes from 32 characters, in the low 12 of each lane.
VISIONSHARD_AVX2 inline __m256i decode_lanes(__m256i text) noexcept {
  const __m256i twelve_bits = _mm256_maddubs_epi16(six_bit_values(text), _mm256_set1_epi16(0x0140));
  const __m256i bits = _mm256_madd_epi16(twelve_bits, _mm256_set1_epi32(0x00011000));
  return _mm256_shuffle_epi8(bits, both_lanes(packed_order));
}

// 24 bytes from 32 characters, in the low part.
VISIONSHARD_AVX2 inline __m256i decode_block(__m256i text) noexcept {
  return _mm256_permutevar8x32_epi32(decode_lanes(text), _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

VISIONSHARD_AVX2 std::size_t decode_groups(const char* text, std::size_t length, std::byte* out) noexcept {
  std::size_t at = 0;
  for (; at + 128 <= length; at += 128) {
    const char* from = text + at;
    std::byte* to = out + at / 4 * 3;
    const __m256i block0 = load(from);
    const __m256i block1 = load(from + 32);
    const __m256i block2 = load(from + 64);
    const __m256i block3 = load(from + 96);
    const __m256i bad = _mm256_or_si256(_mm256_or_si256(outside(block0), outside(block1)),
                                        _mm256_or_si256(outside(block2), outside(block3)));
    if (sign_mask(bad) != 0) break;
    // Three full stores: four that overlap by 8 bytes cross cache lines so often that they are the bottleneck.
    const __m256i part0 = _mm256_permutevar8x32_epi32(decode_lanes(block0), _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 3));
    const __m256i part1 = _mm256_permutevar8x32_epi32(decode_lanes(block1), _mm256_setr_epi32(2, 4, 5, 6, 3, 3, 0, 1));
    const __m256i part2 = _mm256_permutevar8x32_epi32(decode_lanes(block2), _mm256_setr_epi32(5, 6, 3, 3, 0, 1, 2, 4));
    const __m256i part3 = _mm256_permutevar8x32_epi32(decode_lanes(block3), _mm256_setr_epi32(3, 3, 0, 1, 2, 4, 5, 6));
    store(to, _mm256_blend_epi32(part0, part1, 0xc0));
    store(to + 32, _mm256_blend_epi32(part1, part2, 0xf0));
    store(to + 64, _mm256_blend_epi32(part2, part3, 0xfc));
  }
  const std::size_t whole = length / 4 * 4;
  if (whole < 32) return scalar_kernel.decode_groups(text, length, out);
  while (at < whole) {
    if (at + 32 > whole) at = whole - 32;  // decodes some groups twice, which is cheaper than a scalar tail
    const __m256i block = load(text + at);
    store(out + at / 4 * 3, decode_block(block));
    if (const unsigned bad = sign_mask(outside(block)); bad != 0)
      return at + static_cast<unsigned>(std::countr_zero(bad)) / 4 * 4;
    at += 32;
  }
  return at;
}

VISIONSHARD_AVX2 std::size_t copy_alphabet(const char* text, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 32 <= length; at += 32) {
    const __m256i block = load(text + at);
    const __m256i minus = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('-'));
    const __m256i underscore = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('_'));
    const __m256i standard =
        _mm256_add_epi8(block, _mm256_or_si256(_mm256_and_si256(minus, _mm256_set1_epi8('+' - '-')),
                                               _mm256_and_si256(underscore, _mm256_set1_epi8('/' - '_'))));
    store(out + at, standard);
    if (const unsigned bad = sign_mask(outside(standard)); bad != 0)
      return at + static_cast<unsigned>(std::countr_zero(bad));
  }
  return at + scalar_kernel.copy_alphabet(text + at, length - at, out + at);
}

// 32 characters from the 24 bytes in the low 12 of each lane.
VISIONSHARD_AVX2 inline __m256i encode_block(__m256i spread) noexcept {
  const __m256i even =
      _mm256_mulhi_epu16(_mm256_and_si256(spread, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
  const __m256i odd =
      _mm256_mullo_epi16(_mm256_and_si256(spread, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
  const __m256i value = _mm256_or_si256(even, odd);
  const __m256i range =
      _mm256_sub_epi8(_mm256_subs_epu8(value, _mm256_set1_epi8(51)), _mm256_cmpgt_epi8(value, _mm256_set1_epi8(25)));
  return _mm256_add_epi8(value, _mm256_shuffle_epi8(both_lanes(encode_distances), range));
}

// Reads 28 bytes.
VISIONSHARD_AVX2 inline __m256i encode_24(const std::byte* from) noexcept {
  const __m256i lanes =
      _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(from + 12), reinterpret_cast<const __m128i*>(from));
  return encode_block(_mm256_shuffle_epi8(lanes, both_lanes(spread_order)));
}

VISIONSHARD_AVX2 void encode(const std::byte* bytes, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 100 <= length; at += 96) {
    const std::byte* from = bytes + at;
    char* to = out + at / 3 * 4;
    store(to, encode_24(from));
    store(to + 32, encode_24(from + 24));
    store(to + 64, encode_24(from + 48));
    store(to + 96, encode_24(from + 72));
  }
  for (; at + 28 <= length; at += 24) store(out + at / 3 * 4, encode_24(bytes + at));
  scalar_kernel.encode(bytes + at, length - at, out + at / 3 * 4);
}

}  // namespace

constinit const KernelFunctions avx2_kernel{decode_groups, copy_alphabet, encode};

}  // namespace visionshard::base64

#endif
