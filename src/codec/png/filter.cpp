// Sub, average and Paeth are chains from pixel to pixel: a pixel of two to eight bytes at a time is what SIMD can do
// for them, and it is enough to outrun the inflating. Of pixels of one byte sub is a running sum, and for the others a
// chain in plain registers is shorter, without the branches, which photographs make unpredictable.
#include "codec/png/filter.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {
namespace {

template <class Predict>
void undo(std::uint8_t* row, std::size_t row_bytes, std::size_t pixel_bytes, Predict predict) noexcept {
  for (std::size_t i = 0; i < row_bytes; ++i) {
    const int left = i >= pixel_bytes ? row[i - pixel_bytes] : 0;
    row[i] = static_cast<std::uint8_t>(row[i] + predict(i, left));
  }
}

#ifdef __SSE2__

template <std::size_t PixelBytes>
__m128i load_pixel(const std::uint8_t* p) noexcept {
  if constexpr (PixelBytes > 4) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  } else {
    std::int32_t bits;
    std::memcpy(&bits, p, 4);
    return _mm_cvtsi32_si128(bits);
  }
}

template <std::size_t PixelBytes>
void store_pixel(std::uint8_t* p, __m128i v) noexcept {
  if constexpr (PixelBytes > 4) {
    std::uint8_t bytes[8];
    _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes), v);
    std::memcpy(p, bytes, PixelBytes);
  } else {
    const std::int32_t bits = _mm_cvtsi128_si32(v);
    std::memcpy(p, &bits, PixelBytes);
  }
}

// A running sum within sixteen bytes in four steps.
std::size_t undo_sub_of_bytes(std::uint8_t* row, std::size_t row_bytes) noexcept {
  __m128i before = _mm_setzero_si128();  // the last sum, sixteen times
  std::size_t i = 0;
  for (; i + 16 <= row_bytes; i += 16) {
    auto* const at = reinterpret_cast<__m128i*>(row + i);
    __m128i sums = _mm_loadu_si128(at);
    sums = _mm_add_epi8(sums, _mm_slli_si128(sums, 1));
    sums = _mm_add_epi8(sums, _mm_slli_si128(sums, 2));
    sums = _mm_add_epi8(sums, _mm_slli_si128(sums, 4));
    sums = _mm_add_epi8(sums, _mm_slli_si128(sums, 8));
    sums = _mm_add_epi8(sums, before);
    _mm_storeu_si128(at, sums);
    before = _mm_unpackhi_epi8(sums, sums);
    before = _mm_shufflehi_epi16(before, 0xFF);
    before = _mm_unpackhi_epi64(before, before);
  }
  return i;
}

template <std::size_t PixelBytes>
void undo_sub(std::uint8_t* row, std::size_t row_bytes) noexcept {
  __m128i left = _mm_setzero_si128();
  for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
    left = _mm_add_epi8(left, load_pixel<PixelBytes>(row + i));
    store_pixel<PixelBytes>(row + i, left);
  }
}

template <std::size_t PixelBytes>
void undo_average(std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes) noexcept {
  const __m128i one = _mm_set1_epi8(1);
  __m128i left = _mm_setzero_si128();
  for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
    const __m128i up = load_pixel<PixelBytes>(above + i);
    // The instruction rounds up; the format rounds down.
    const __m128i average = _mm_sub_epi8(_mm_avg_epu8(left, up), _mm_and_si128(_mm_xor_si128(left, up), one));
    left = _mm_add_epi8(load_pixel<PixelBytes>(row + i), average);
    store_pixel<PixelBytes>(row + i, left);
  }
}

__m128i magnitude(__m128i v) noexcept { return _mm_max_epi16(v, _mm_sub_epi16(_mm_setzero_si128(), v)); }
__m128i choose(__m128i mask, __m128i yes, __m128i no) noexcept {
  return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

template <std::size_t PixelBytes>
void undo_paeth(std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes) noexcept {
  const __m128i zero = _mm_setzero_si128();
  __m128i left = zero, corner = zero;  // 16 bits a sample
  for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
    const __m128i up = _mm_unpacklo_epi8(load_pixel<PixelBytes>(above + i), zero);
    const __m128i up_change = _mm_sub_epi16(up, corner), left_change = _mm_sub_epi16(left, corner);
    const __m128i to_left = magnitude(up_change), to_up = magnitude(left_change);
    const __m128i to_corner = magnitude(_mm_add_epi16(up_change, left_change));
    const __m128i least = _mm_min_epi16(to_corner, _mm_min_epi16(to_left, to_up));
    const __m128i predicted =
        choose(_mm_cmpeq_epi16(least, to_left), left, choose(_mm_cmpeq_epi16(least, to_up), up, corner));
    const __m128i sample = _mm_add_epi8(load_pixel<PixelBytes>(row + i), _mm_packus_epi16(predicted, predicted));
    store_pixel<PixelBytes>(row + i, sample);
    left = _mm_unpacklo_epi8(sample, zero);
    corner = up;
  }
}

template <std::size_t PixelBytes>
void undo_chain(PngFilter filter, std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes) noexcept {
  if (filter == PngFilter::sub) undo_sub<PixelBytes>(row, row_bytes);
  if (filter == PngFilter::average) undo_average<PixelBytes>(row, above, row_bytes);
  if (filter == PngFilter::paeth) undo_paeth<PixelBytes>(row, above, row_bytes);
}

#endif

void undo_average_of_bytes(std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes) noexcept {
  unsigned left = 0;
  for (std::size_t i = 0; i < row_bytes; ++i) {
    left = (row[i] + ((left + above[i]) >> 1)) & 255;
    row[i] = static_cast<std::uint8_t>(left);
  }
}

void undo_paeth_of_bytes(std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes) noexcept {
  int left = 0, corner = 0;
  for (std::size_t i = 0; i < row_bytes; ++i) {
    const int up = above[i], up_change = up - corner, left_change = left - corner;
    const int to_left = std::abs(up_change), to_up = std::abs(left_change),
              to_corner = std::abs(up_change + left_change);
    const int up_or_corner = to_up <= to_corner ? up : corner, to_other = std::min(to_up, to_corner);
    left = (row[i] + (to_left <= to_other ? left : up_or_corner)) & 255;
    row[i] = static_cast<std::uint8_t>(left);
    corner = up;
  }
}

}  // namespace

void undo_png_filter(PngFilter filter, std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                     std::size_t pixel_bytes) noexcept {
  if (filter == PngFilter::none) return;
  if (filter == PngFilter::up) {
    for (std::size_t i = 0; i < row_bytes; ++i) row[i] = static_cast<std::uint8_t>(row[i] + above[i]);
    return;
  }
  if (pixel_bytes == 1 && filter == PngFilter::average) return undo_average_of_bytes(row, above, row_bytes);
  if (pixel_bytes == 1 && filter == PngFilter::paeth) return undo_paeth_of_bytes(row, above, row_bytes);
#ifdef __SSE2__
  if (pixel_bytes == 1) {
    std::size_t i = undo_sub_of_bytes(row, row_bytes);
    for (i = std::max<std::size_t>(i, 1); i < row_bytes; ++i) row[i] = static_cast<std::uint8_t>(row[i] + row[i - 1]);
    return;
  }
  if (pixel_bytes == 2) return undo_chain<2>(filter, row, above, row_bytes);
  if (pixel_bytes == 6) return undo_chain<6>(filter, row, above, row_bytes);
  if (pixel_bytes == 8) return undo_chain<8>(filter, row, above, row_bytes);
  if (pixel_bytes == 3) return undo_chain<3>(filter, row, above, row_bytes);
  if (pixel_bytes == 4) return undo_chain<4>(filter, row, above, row_bytes);
#endif
  const auto corner = [&](std::size_t i) { return i >= pixel_bytes ? above[i - pixel_bytes] : 0; };
  if (filter == PngFilter::sub)
    undo(row, row_bytes, pixel_bytes, [](std::size_t, int left) { return left; });
  else if (filter == PngFilter::average)
    undo(row, row_bytes, pixel_bytes, [&](std::size_t i, int left) { return (left + above[i]) >> 1; });
  else
    undo(row, row_bytes, pixel_bytes, [&](std::size_t i, int left) { return png_paeth(left, above[i], corner(i)); });
}

}  // namespace visionshard::codec
