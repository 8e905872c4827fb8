#if defined(__x86_64__)

// GCC 12 takes the undefined pass-through operand of the unmasked AVX-512 intrinsics for an uninitialized variable.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "base64/alphabet.h"
#include "base64/kernels.h"

#define VISIONSHARD_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

namespace visionshard::base64 {
namespace {

using ByteIndices = std::array<std::uint8_t, 64>;

// Result bytes of the 16 groups, which leave the multiply-adds in little-endian order.
alignas(64) constexpr ByteIndices packed_order = [] {
  ByteIndices indices{};
  for (std::size_t i = 0; i < 48; ++i) indices[i] = static_cast<std::uint8_t>(i / 3 * 4 + 2 - i % 3);
  return indices;
}();

// The three bytes a b c of a group as b a c b, so that each value lies in one piece within its 32 bits.
alignas(64) constexpr ByteIndices spread_order = [] {
  ByteIndices indices{};
  constexpr std::array<std::size_t, 4> order{1, 0, 2, 1};
  for (std::size_t i = 0; i < 64; ++i) indices[i] = static_cast<std::uint8_t>(i / 4 * 3 + order[i % 4]);
  return indices;
}();

VISIONSHARD_AVX512 inline __m512i load(const void* from) noexcept { return _mm512_loadu_si512(from); }

VISIONSHARD_AVX512 inline void store(void* to, __m512i v) noexcept { _mm512_storeu_si512(to, v); }

// Six-bit values; no_value where the low seven bits of a character are outside the alphabet.
VISIONSHARD_AVX512 inline __m512i lookup(__m512i text) noexcept {
  return _mm512_permutex2var_epi8(load(values.data()), text, load(values.data() + 64));
}

// 48 bytes from 64 values, in the low part.
VISIONSHARD_AVX512 inline __m512i pack(__m512i six_bits) noexcept {
  const __m512i twelve_bits = _mm512_maddubs_epi16(six_bits, _mm512_set1_epi16(0x0140));
  const __m512i bits = _mm512_madd_epi16(twelve_bits, _mm512_set1_epi32(0x00011000));
  return _mm512_permutexvar_epi8(load(packed_order.data()), bits);
}

VISIONSHARD_AVX512 std::size_t decode_groups(const char* text, std::size_t length, std::byte* out) noexcept {
  std::size_t at = 0;
  for (; at + 256 <= length; at += 256) {
    const char* from = text + at;
    std::byte* to = out + at / 4 * 3;
    const __m512i block0 = load(from);
    const __m512i block1 = load(from + 64);
    const __m512i block2 = load(from + 128);
    const __m512i block3 = load(from + 192);
    const __m512i values0 = lookup(block0);
    const __m512i values1 = lookup(block1);
    const __m512i values2 = lookup(block2);
    const __m512i values3 = lookup(block3);
    const __m512i bad01 = _mm512_or_si512(_mm512_or_si512(block0, values0), _mm512_or_si512(block1, values1));
    const __m512i bad23 = _mm512_or_si512(_mm512_or_si512(block2, values2), _mm512_or_si512(block3, values3));
    if (_mm512_movepi8_mask(_mm512_or_si512(bad01, bad23)) != 0) break;
    store(to, pack(values0));
    store(to + 48, pack(values1));
    store(to + 96, pack(values2));
    store(to + 144, pack(values3));
  }
  const std::size_t whole = length / 4 * 4;
  if (whole < 64) return scalar_kernel.decode_groups(text, length, out);
  while (at < whole) {
    if (at + 64 > whole) at = whole - 64;  // decodes some groups twice, which is cheaper than a scalar tail
    const __m512i block = load(text + at);
    const __m512i six_bits = lookup(block);
    store(out + at / 4 * 3, pack(six_bits));
    if (const std::uint64_t bad = _mm512_movepi8_mask(_mm512_or_si512(block, six_bits)); bad != 0)
      return at + static_cast<unsigned>(std::countr_zero(bad)) / 4 * 4;
    at += 64;
  }
  return at;
}

VISIONSHARD_AVX512 std::size_t copy_alphabet(const char* text, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 64 <= length; at += 64) {
    const __m512i block = load(text + at);
    const __m512i slashed =
        _mm512_mask_mov_epi8(block, _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('_')), _mm512_set1_epi8('/'));
    const __m512i standard =
        _mm512_mask_mov_epi8(slashed, _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('-')), _mm512_set1_epi8('+'));
    store(out + at, standard);
    const std::uint64_t bad = _mm512_movepi8_mask(_mm512_or_si512(standard, lookup(standard)));
    if (bad != 0) return at + static_cast<unsigned>(std::countr_zero(bad));
  }
  return at + scalar_kernel.copy_alphabet(text + at, length - at, out + at);
}

// 64 characters from 48 bytes; reads 64 bytes.
VISIONSHARD_AVX512 inline __m512i encode_48(const std::byte* from) noexcept {
  const __m512i spread = _mm512_permutexvar_epi8(load(spread_order.data()), load(from));
  const __m512i shifts = _mm512_set1_epi64(0x3036'242a'1016'040a);
  return _mm512_permutexvar_epi8(_mm512_multishift_epi64_epi8(shifts, spread), load(alphabet.data()));
}

VISIONSHARD_AVX512 void encode(const std::byte* bytes, std::size_t length, char* out) noexcept {
  std::size_t at = 0;
  for (; at + 208 <= length; at += 192) {
    const std::byte* from = bytes + at;
    char* to = out + at / 3 * 4;
    store(to, encode_48(from));
    store(to + 64, encode_48(from + 48));
    store(to + 128, encode_48(from + 96));
    store(to + 192, encode_48(from + 144));
  }
  for (; at + 64 <= length; at += 48) store(out + at / 3 * 4, encode_48(bytes + at));
  scalar_kernel.encode(bytes + at, length - at, out + at / 3 * 4);
}

}  // namespace

constinit const KernelFunctions avx512vbmi_kernel{decode_groups, copy_alphabet, encode};

}  // namespace visionshard::base64

#endif
