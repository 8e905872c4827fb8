// What the filters of PNG rows predict (PNG specification, section 9), sixteen bytes at a time.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>

namespace visionshard::codec {

struct PngNeighbors {
  __m128i left, above, corner;
};

inline __m128i png_choose(__m128i mask, __m128i yes, __m128i no) noexcept {
  return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

inline __m128i png_average(const PngNeighbors& n) noexcept {
  // The instruction rounds up; the format wants down.
  return _mm_sub_epi8(_mm_avg_epu8(n.left, n.above), _mm_and_si128(_mm_xor_si128(n.left, n.above), _mm_set1_epi8(1)));
}

// In 8 bits: the distance to the corner is the sum of the two others where both neighbors lie on one side of it, and
// then not less than either, also where the sum is cut off at 255; else it is their difference.
inline __m128i png_paeth(const PngNeighbors& n) noexcept {
  const auto difference = [](__m128i a, __m128i b) { return _mm_sub_epi8(_mm_max_epu8(a, b), _mm_min_epu8(a, b)); };
  const __m128i to_left = difference(n.above, n.corner), to_above = difference(n.left, n.corner);
  const __m128i one_side = _mm_cmpeq_epi8(_mm_cmpeq_epi8(_mm_max_epu8(n.above, n.corner), n.above),
                                          _mm_cmpeq_epi8(_mm_max_epu8(n.left, n.corner), n.left));
  const __m128i to_corner = png_choose(one_side, _mm_adds_epu8(to_left, to_above), difference(to_left, to_above));
  const __m128i least = _mm_min_epu8(to_corner, _mm_min_epu8(to_left, to_above));
  return png_choose(_mm_cmpeq_epi8(least, to_left), n.left,
                    png_choose(_mm_cmpeq_epi8(least, to_above), n.above, n.corner));
}

}  // namespace visionshard::codec

#endif
