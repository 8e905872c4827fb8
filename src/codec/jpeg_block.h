// A block of 64 coefficients in the order of rising frequency.
#pragma once

#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {

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

}  // namespace visionshard::codec
