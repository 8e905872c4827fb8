#include "codec/pixels.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/portable_math.h"

namespace visionshard::codec {

bool is_opaque(const Pixels& pixels) noexcept {
  if (pixels.channels != 4) return true;
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    const std::uint8_t* const row = pixels.row(y);
    std::uint8_t all = 0xFF;
    for (std::uint32_t x = 0; x < pixels.width; ++x) all &= row[4 * std::size_t{x} + 3];
    if (all != 0xFF) return false;
  }
  return true;
}

Pixels without_alpha(const Pixels& pixels) {
  Pixels out(pixels.width, pixels.height, 3);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    const std::uint8_t* in = pixels.row(y);
    std::uint8_t* to = out.row(y);
    for (std::uint32_t x = 0; x < pixels.width; ++x, in += 4, to += 3) std::copy_n(in, 3, to);
  }
  return out;
}

void unmultiply(Pixels& rgba) noexcept {
  for (std::uint32_t y = 0; y < rgba.height; ++y) {
    std::uint8_t* p = rgba.row(y);
    for (std::uint32_t x = 0; x < rgba.width; ++x, p += 4)
      for (unsigned k = 0; k < 3 && p[3] > 0; ++k)
        p[k] = static_cast<std::uint8_t>(std::min(255u, (p[k] * 255u + p[3] / 2u) / p[3]));
  }
}

Pixels oriented(Pixels pixels, unsigned orientation) {
  if (orientation < 2 || orientation > 8) return pixels;
  const bool swaps = orientation >= 5;
  const std::uint32_t w = pixels.width, h = pixels.height, c = pixels.channels;
  Pixels out(swaps ? h : w, swaps ? w : h, c);
  // Orientation says which side of the picture row 0 and column 0 of the data are (Exif 2.32, tag 0x0112).
  for (std::uint32_t y = 0; y < h; ++y) {
    const std::uint8_t* in = pixels.row(y);
    for (std::uint32_t x = 0; x < w; ++x, in += c) {
      std::uint32_t to_x = x, to_y = y;
      switch (orientation) {
        case 2: to_x = w - 1 - x; break;
        case 3: to_x = w - 1 - x, to_y = h - 1 - y; break;
        case 4: to_y = h - 1 - y; break;
        case 5: to_x = y, to_y = x; break;
        case 6: to_x = h - 1 - y, to_y = x; break;
        case 7: to_x = h - 1 - y, to_y = w - 1 - x; break;
        default: to_x = y, to_y = w - 1 - x; break;
      }
      std::copy_n(in, c, out.row(to_y) + std::size_t{to_x} * c);
    }
  }
  return out;
}

Pixels row_sample(const Pixels& pixels, std::uint32_t strips, std::uint32_t strip_rows) {
  if (pixels.height <= strips * strip_rows * 2) strips = std::max(pixels.height / strip_rows, 1u);
  const std::uint32_t rows = std::min(strip_rows, pixels.height);
  Pixels out(pixels.width, strips * rows, pixels.channels);
  for (std::uint32_t s = 0; s < strips; ++s) {
    const auto middle = static_cast<std::uint32_t>((2 * std::uint64_t{s} + 1) * pixels.height / (2 * strips));
    // Whole strips, so that blocks are those of the picture: one that was a JPEG is not the same between its blocks.
    const std::uint32_t first = std::min(middle / strip_rows * strip_rows, pixels.height - rows);
    std::memcpy(out.row(s * rows), pixels.row(first), rows * pixels.stride());
  }
  return out;
}

namespace {

struct Taps {
  std::uint32_t first = 0;
  std::vector<float> weights;
};

double lanczos3(double x) {
  if (x == 0) return 1;
  if (std::abs(x) >= 3) return 0;
  const double px = std::numbers::pi * x;
  return 3 * portable_sine(px) * portable_sine(px / 3) / (px * px);
}

std::vector<Taps> taps_for(std::uint32_t from, std::uint32_t to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<Taps> all(to);
  for (std::uint32_t i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const auto first = static_cast<std::uint32_t>(std::max(0.0, std::floor(center - 3 * scale)));
    const auto last = static_cast<std::uint32_t>(std::min<double>(from, std::ceil(center + 3 * scale)));
    double sum = 0;
    for (std::uint32_t s = first; s < last; ++s) sum += lanczos3((s + 0.5 - center) / scale);
    all[i].first = first;
    for (std::uint32_t s = first; s < last; ++s)
      all[i].weights.push_back(static_cast<float>(lanczos3((s + 0.5 - center) / scale) / sum));
  }
  return all;
}

std::uint8_t to_sample(float v) { return static_cast<std::uint8_t>(std::clamp(v + 0.5f, 0.0f, 255.0f)); }

// One pixel, its fourth lane alpha or nothing. Lanes are added in the order of the taps whatever the processor, so that
// the same picture comes out of each.
typedef float Lanes __attribute__((vector_size(16)));

// Rows of the source as floats, colors multiplied by alpha; as many as a kernel is high.
class RowRing {
 public:
  RowRing(const Pixels& pixels, std::size_t rows)
      : pixels_(pixels), rows_(rows), row_floats_(pixels.stride()), floats_(rows * pixels.stride()) {}

  // Rows up to `end`. Those that fell out of the ring are not asked for again.
  void fill_to(std::uint32_t first, std::uint32_t end) {
    for (ready_ = std::max(ready_, first); ready_ < end; ++ready_) {
      const std::uint8_t* const in = pixels_.row(ready_);
      float* const out = floats_.data() + ready_ % rows_ * row_floats_;
      for (std::size_t i = 0; i < row_floats_; ++i) out[i] = in[i];
      if (pixels_.channels == 4)
        for (std::size_t x = 0; x < pixels_.width; ++x)
          for (std::size_t k = 0; k < 3; ++k) out[4 * x + k] *= out[4 * x + 3] / 255;
    }
  }
  const float* row(std::uint32_t y) const noexcept { return floats_.data() + y % rows_ * row_floats_; }

 private:
  const Pixels& pixels_;
  std::size_t rows_;
  std::size_t row_floats_;
  std::vector<float> floats_;
  std::uint32_t ready_ = 0;
};

// The weighted sum of rows, in pieces that stay in registers over all of them.
void add_rows(const RowRing& ring, const Taps& taps, std::vector<float>& sum) {
  constexpr std::size_t piece = 32;
  for (std::size_t at = 0; at < sum.size(); at += piece) {
    const std::size_t floats = std::min(piece, sum.size() - at);
    float acc[piece] = {};
    for (std::size_t t = 0; t < taps.weights.size(); ++t) {
      const float weight = taps.weights[t];
      const float* const from = ring.row(taps.first + static_cast<std::uint32_t>(t)) + at;
      if (floats == piece)
        for (std::size_t i = 0; i < piece; ++i) acc[i] += weight * from[i];
      else
        for (std::size_t i = 0; i < floats; ++i) acc[i] += weight * from[i];
    }
    std::copy_n(acc, floats, sum.data() + at);
  }
}

Lanes add_columns(const std::vector<Lanes>& row, const Taps& taps) {
  Lanes even = {}, odd = {};
  const Lanes* from = row.data() + taps.first;
  std::size_t t = 0;
  for (; t + 1 < taps.weights.size(); t += 2) {
    even += taps.weights[t] * from[t];
    odd += taps.weights[t + 1] * from[t + 1];
  }
  if (t < taps.weights.size()) even += taps.weights[t] * from[t];
  return even + odd;
}

}  // namespace

// Down first, a whole row at a time, which is most of the work and needs no shuffling of channels.
Pixels resized(const Pixels& pixels, std::uint32_t width, std::uint32_t height) {
  const std::size_t c = pixels.channels;
  const std::vector<Taps> across = taps_for(pixels.width, width), down = taps_for(pixels.height, height);
  std::size_t ring_rows = 0;
  for (const Taps& t : down) ring_rows = std::max(ring_rows, t.weights.size());
  RowRing ring(pixels, ring_rows);
  std::vector<float> sum(pixels.stride());
  std::vector<Lanes> row(pixels.width);
  Pixels out(width, height, pixels.channels);
  for (std::uint32_t y = 0; y < height; ++y) {
    ring.fill_to(down[y].first, down[y].first + static_cast<std::uint32_t>(down[y].weights.size()));
    add_rows(ring, down[y], sum);
    for (std::size_t x = 0; x < pixels.width; ++x)
      row[x] = Lanes{sum[c * x], sum[c * x + 1], sum[c * x + 2], c == 4 ? sum[c * x + 3] : 0};
    std::uint8_t* to = out.row(y);
    for (std::uint32_t x = 0; x < width; ++x) {
      Lanes pixel = add_columns(row, across[x]);
      if (c == 4 && pixel[3] > 0) pixel *= Lanes{255 / pixel[3], 255 / pixel[3], 255 / pixel[3], 1};
      for (std::size_t k = 0; k < c; ++k) *to++ = to_sample(pixel[k]);
    }
  }
  return out;
}

}  // namespace visionshard::codec
