// A block of 64 coefficients in the order of rising frequency.
#pragma once

#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {

/// Huffman symbols (T.81 F.1.2.2): no more coefficients in this block; sixteen zeros more.
inline constexpr unsigned end_of_block = 0x00, sixteen_zeros = 0xF0;

/// A bit for each coefficient that is not zero.
inline std::uint64_t nonzero(const std::int16_t* block) noexcept {
  std::uint64_t mask = 0;
#ifdef __SSE2__
  for (unsigned i = 0; i < 4; ++i) {
    const auto* const at = reinterpret_cast<const __m128i*>(block + 16 * i);
    const __m128i bytes = _mm_packs_epi16(_mm_loadu_si128(at), _mm_loadu_si128(at + 1));
    const auto zeros = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
    mask |= std::uint64_t{~zeros & 0xFFFFu} << 16 * i;
  }
#else
  for (unsigned i = 0; i < 64; ++i) mask |= std::uint64_t{block[i] != 0} << i;
#endif
  return mask;
}

/// std::fill_n becomes a string instruction here, which takes longer to start than the stores do.
inline void clear(std::int16_t* block) noexcept {
#ifdef __SSE2__
  for (unsigned i = 0; i < 64; i += 8) _mm_storeu_si128(reinterpret_cast<__m128i*>(block + i), _mm_setzero_si128());
#else
  for (unsigned i = 0; i < 64; ++i) block[i] = 0;
#endif
}

/// How many bits a value takes (T.81 F.1.2).
inline unsigned category(int value) noexcept {
  return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(value < 0 ? -value : value)));
}

/// The coefficients of one component that a progressive scan has.
struct Band {
  unsigned component, first, last;
};

/// All AC coefficients of three components, in the order of their scans. Each band has codes of its own, and that is
/// what saves: against one scan for 6 to 63 three take 4 to 6 % off fine photographs, as much as libjpeg's successive
/// bits.
inline constexpr Band progressive_bands[] = {{0, 1, 5},   {1, 1, 2},   {2, 1, 2},  {1, 3, 5},  {2, 3, 5},
                                             {0, 6, 9},   {0, 10, 20}, {1, 6, 20}, {2, 6, 20}, {0, 21, 35},
                                             {0, 36, 63}, {1, 21, 63}, {2, 21, 63}};

/// The symbols of a block's band, whose coefficients that are not zero `nonzero_mask` names (T.81 G.1.2.2).
/// `on_value(symbol, value)`, and `on_run(blocks)` for so many blocks that have nothing more; `run` is how many have
/// been so far.
template <class OnValue, class OnRun>
void each_band_symbol(const std::int16_t* block, std::uint64_t nonzero_mask, const Band& band, unsigned& run,
                      OnValue on_value, OnRun on_run) {
  constexpr unsigned longest_run = 0x7FFF;
  std::uint64_t rest = nonzero_mask & (~std::uint64_t{0} << band.first) & (~std::uint64_t{0} >> (63 - band.last));
  if (rest == 0) {
    if (++run < longest_run) return;
    on_run(run);
    run = 0;
    return;
  }
  if (run > 0) on_run(run);
  unsigned next = band.first;
  for (; rest != 0; rest &= rest - 1) {
    const auto k = static_cast<unsigned>(std::countr_zero(rest));
    unsigned zeros = k - next;
    for (; zeros > 15; zeros -= 16) on_value(sixteen_zeros, 0);
    on_value((zeros << 4 | category(block[k])) & 255, block[k]);
    next = k + 1;
  }
  run = next <= band.last ? 1 : 0;
}

/// The n of the EOBn symbol, n << 4, that stands for a run with n more bits.
inline unsigned run_bits(unsigned run) noexcept { return static_cast<unsigned>(std::bit_width(run)) - 1; }

}  // namespace visionshard::codec
