// Sixteen bytes at a time: unlike undoing it, filtering has no chain from pixel to pixel. The sums of all four filters
// come from one pass, and only the one chosen is written.
#include "codec/png/row_filter.h"

#include <cstdlib>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {
namespace {

std::uint8_t predicted(PngFilter filter, int left, int above, int corner) noexcept {
  switch (filter) {
    case PngFilter::none: return 0;
    case PngFilter::sub: return static_cast<std::uint8_t>(left);
    case PngFilter::up: return static_cast<std::uint8_t>(above);
    case PngFilter::average: return static_cast<std::uint8_t>((left + above) >> 1);
    default: return static_cast<std::uint8_t>(png_paeth(left, above, corner));
  }
}

#ifdef __SSE2__

__m128i load(const std::uint8_t* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

struct Around {
  __m128i left, above, corner;
};

__m128i average(const Around& a) noexcept {
  // The instruction rounds up; the format rounds down.
  return _mm_sub_epi8(_mm_avg_epu8(a.left, a.above), _mm_and_si128(_mm_xor_si128(a.left, a.above), _mm_set1_epi8(1)));
}

__m128i difference(__m128i a, __m128i b) noexcept { return _mm_sub_epi8(_mm_max_epu8(a, b), _mm_min_epu8(a, b)); }
__m128i choose(__m128i mask, __m128i yes, __m128i no) noexcept {
  return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

// In 8 bits: the distance to the corner is the sum of the two others where both neighbors lie on one side of it, and
// then not less than either, also where the sum is cut off at 255; else it is their difference.
__m128i paeth(const Around& a) noexcept {
  const __m128i to_left = difference(a.above, a.corner), to_above = difference(a.left, a.corner);
  const __m128i one_side = _mm_cmpeq_epi8(_mm_cmpeq_epi8(_mm_max_epu8(a.above, a.corner), a.above),
                                          _mm_cmpeq_epi8(_mm_max_epu8(a.left, a.corner), a.left));
  const __m128i to_corner = choose(one_side, _mm_adds_epu8(to_left, to_above), difference(to_left, to_above));
  const __m128i least = _mm_min_epu8(to_corner, _mm_min_epu8(to_left, to_above));
  return choose(_mm_cmpeq_epi8(least, to_left), a.left, choose(_mm_cmpeq_epi8(least, to_above), a.above, a.corner));
}

// Of 16 differences, two sums of eight.
__m128i magnitudes(__m128i difference) noexcept {
  const __m128i zero = _mm_setzero_si128();
  return _mm_sad_epu8(_mm_min_epu8(difference, _mm_sub_epi8(zero, difference)), zero);
}

template <class Predict>
void apply_16(const std::uint8_t* row, const std::uint8_t* above, std::size_t end, std::size_t pixel_bytes,
              std::uint8_t* out, Predict predict) noexcept {
  for (std::size_t i = 0; i < end; i += 16) {
    const Around around{load(row + i - pixel_bytes), load(above + i), load(above + i - pixel_bytes)};
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm_sub_epi8(load(row + i), predict(around)));
  }
}

#endif

}  // namespace

std::array<std::uint32_t, png_filter_count> png_filter_sums(const std::uint8_t* row, const std::uint8_t* above,
                                                            std::size_t row_bytes, std::size_t pixel_bytes) noexcept {
  std::array<std::uint32_t, png_filter_count> sums{};
  std::size_t i = 0;
#ifdef __SSE2__
  __m128i sub = _mm_setzero_si128(), up = sub, mean = sub, nearest = sub;
  for (; i + 16 <= row_bytes; i += 16) {
    const __m128i x = load(row + i);
    const Around around{load(row + i - pixel_bytes), load(above + i), load(above + i - pixel_bytes)};
    sub = _mm_add_epi64(sub, magnitudes(_mm_sub_epi8(x, around.left)));
    up = _mm_add_epi64(up, magnitudes(_mm_sub_epi8(x, around.above)));
    mean = _mm_add_epi64(mean, magnitudes(_mm_sub_epi8(x, average(around))));
    nearest = _mm_add_epi64(nearest, magnitudes(_mm_sub_epi8(x, paeth(around))));
  }
  std::size_t filter = 1;
  for (const __m128i halves : {sub, up, mean, nearest})
    sums[filter++] = static_cast<std::uint32_t>(_mm_cvtsi128_si32(halves)) +
                     static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_srli_si128(halves, 8)));
#endif
  // The pixel before the first is in memory, so that the index may be negative.
  const auto pixel = static_cast<std::ptrdiff_t>(pixel_bytes);
  for (; i < row_bytes; ++i) {
    const std::ptrdiff_t before = static_cast<std::ptrdiff_t>(i) - pixel;
    const int left = row[before], corner = above[before];
    for (std::uint8_t f = 1; f < png_filter_count; ++f) {
      const auto d = static_cast<std::int8_t>(row[i] - predicted(static_cast<PngFilter>(f), left, above[i], corner));
      sums[f] += static_cast<std::uint32_t>(std::abs(d));
    }
  }
  return sums;
}

void apply_png_filter(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                      std::size_t pixel_bytes, std::uint8_t* out) noexcept {
  if (filter == PngFilter::none) {
    std::memcpy(out, row, row_bytes);
    return;
  }
  std::size_t i = 0;
#ifdef __SSE2__
  i = row_bytes / 16 * 16;
  switch (filter) {
    case PngFilter::sub: apply_16(row, above, i, pixel_bytes, out, [](const Around& a) { return a.left; }); break;
    case PngFilter::up: apply_16(row, above, i, pixel_bytes, out, [](const Around& a) { return a.above; }); break;
    case PngFilter::average: apply_16(row, above, i, pixel_bytes, out, average); break;
    default: apply_16(row, above, i, pixel_bytes, out, paeth);
  }
#endif
  for (; i < row_bytes; ++i) {
    const std::ptrdiff_t before = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(pixel_bytes);
    out[i] = static_cast<std::uint8_t>(row[i] - predicted(filter, row[before], above[i], above[before]));
  }
}

PngRowFilter::PngRowFilter(std::size_t row_bytes, std::size_t pixel_bytes)
    : row_bytes_(row_bytes), pixel_bytes_(pixel_bytes), rows_((row_bytes + pixel_bytes) * 2) {
  std::memset(rows_.data(), 0, rows_.size());
}

std::uint8_t* PngRowFilter::padded(bool which) noexcept {
  return reinterpret_cast<std::uint8_t*>(rows_.data()) + which * (row_bytes_ + pixel_bytes_) + pixel_bytes_;
}

PngFilter PngRowFilter::apply(const std::uint8_t* row, RowFilters filters, std::uint8_t* out) {
  std::uint8_t* const current = padded(current_);
  const std::uint8_t* const above = padded(!current_);
  current_ = !current_;
  std::memcpy(current, row, row_bytes_);
  PngFilter filter = PngFilter::none;
  switch (filters) {
    case RowFilters::none: break;
    case RowFilters::sub: filter = PngFilter::sub; break;
    case RowFilters::up: filter = PngFilter::up; break;
    case RowFilters::paeth: filter = PngFilter::paeth; break;
    case RowFilters::min_sum: {
      const auto sums = png_filter_sums(current, above, row_bytes_, pixel_bytes_);
      std::uint8_t least = 1;
      for (std::uint8_t f = 2; f < png_filter_count; ++f) least = sums[f] < sums[least] ? f : least;
      filter = static_cast<PngFilter>(least);
    }
  }
  apply_png_filter(filter, current, above, row_bytes_, pixel_bytes_, out);
  return filter;
}

}  // namespace visionshard::codec
