// Sixteen bytes at a time: unlike undoing it, filtering has no chain from pixel to pixel. The sums of all four filters
// come from one pass, and only the one chosen is written.
#include "codec/png/row_filter.h"

#include <cstdlib>
#include <cstring>

#include "codec/png/predict.h"

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

// Of 16 differences, two sums of eight.
__m128i magnitudes(__m128i difference) noexcept {
  const __m128i zero = _mm_setzero_si128();
  return _mm_sad_epu8(_mm_min_epu8(difference, _mm_sub_epi8(zero, difference)), zero);
}

template <class Predict>
void apply_16(const std::uint8_t* row, const std::uint8_t* above, std::size_t end, std::size_t pixel_bytes,
              std::uint8_t* out, Predict predict) noexcept {
  for (std::size_t i = 0; i < end; i += 16) {
    const PngNeighbors around{load(row + i - pixel_bytes), load(above + i), load(above + i - pixel_bytes)};
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
    const PngNeighbors around{load(row + i - pixel_bytes), load(above + i), load(above + i - pixel_bytes)};
    sub = _mm_add_epi64(sub, magnitudes(_mm_sub_epi8(x, around.left)));
    up = _mm_add_epi64(up, magnitudes(_mm_sub_epi8(x, around.above)));
    mean = _mm_add_epi64(mean, magnitudes(_mm_sub_epi8(x, png_average(around))));
    nearest = _mm_add_epi64(nearest, magnitudes(_mm_sub_epi8(x, png_paeth(around))));
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
    case PngFilter::sub: apply_16(row, above, i, pixel_bytes, out, [](const PngNeighbors& a) { return a.left; }); break;
    case PngFilter::up: apply_16(row, above, i, pixel_bytes, out, [](const PngNeighbors& a) { return a.above; }); break;
    case PngFilter::average: apply_16(row, above, i, pixel_bytes, out, png_average); break;
    default: apply_16(row, above, i, pixel_bytes, out, [](const PngNeighbors& a) { return png_paeth(a); });
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
