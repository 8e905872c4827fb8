#include "codec/pixels.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

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

Pixels row_sample(const Pixels& pixels, std::uint32_t strips) {
  constexpr std::uint32_t strip_rows = 16;
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
  return 3 * std::sin(px) * std::sin(px / 3) / (px * px);
}

std::vector<Taps> taps_for(std::uint32_t from, std::uint32_t to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<Taps> all(to);
  for (std::uint32_t i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const auto first = static_cast<std::uint32_t>(std::max(0.0, std::floor(centre - 3 * scale)));
    const auto last = static_cast<std::uint32_t>(std::min<double>(from, std::ceil(centre + 3 * scale)));
    double sum = 0;
    for (std::uint32_t s = first; s < last; ++s) sum += lanczos3((s + 0.5 - centre) / scale);
    all[i].first = first;
    for (std::uint32_t s = first; s < last; ++s)
      all[i].weights.push_back(static_cast<float>(lanczos3((s + 0.5 - centre) / scale) / sum));
  }
  return all;
}

std::uint8_t to_sample(float v) { return static_cast<std::uint8_t>(std::clamp(v + 0.5f, 0.0f, 255.0f)); }

}  // namespace

// Rows first into a ring of float rows, so that memory is the kernel's height times the new width, not the picture.
Pixels resized(const Pixels& pixels, std::uint32_t width, std::uint32_t height) {
  const std::size_t c = pixels.channels;
  const std::vector<Taps> across = taps_for(pixels.width, width), down = taps_for(pixels.height, height);
  std::size_t ring_rows = 0;
  for (const Taps& t : down) ring_rows = std::max(ring_rows, t.weights.size());
  const std::size_t row_floats = width * c;
  std::vector<float> ring(ring_rows * row_floats), source(pixels.width * c), sum(row_floats);
  Pixels out(width, height, pixels.channels);
  std::uint32_t ready = 0;  // source rows scaled so far
  for (std::uint32_t y = 0; y < height; ++y) {
    const auto needed = static_cast<std::uint32_t>(down[y].first + down[y].weights.size());
    for (ready = std::max(ready, down[y].first); ready < needed; ++ready) {
      const std::uint8_t* in = pixels.row(ready);
      for (std::size_t i = 0; i < pixels.width * c; ++i) source[i] = in[i];
      if (c == 4)
        for (std::size_t x = 0; x < pixels.width; ++x)
          for (std::size_t k = 0; k < 3; ++k) source[4 * x + k] *= source[4 * x + 3] / 255;
      float* const to = ring.data() + ready % ring_rows * row_floats;
      for (std::uint32_t x = 0; x < width; ++x) {
        float acc[4] = {};
        const float* s = source.data() + across[x].first * c;
        for (const float weight : across[x].weights)
          for (std::size_t k = 0; k < c; ++k) acc[k] += weight * *s++;
        std::copy_n(acc, c, to + x * c);
      }
    }
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (std::size_t t = 0; t < down[y].weights.size(); ++t) {
      const float weight = down[y].weights[t];
      const float* const from = ring.data() + (down[y].first + t) % ring_rows * row_floats;
      for (std::size_t i = 0; i < row_floats; ++i) sum[i] += weight * from[i];
    }
    std::uint8_t* to = out.row(y);
    for (std::size_t x = 0; x < width; ++x) {
      float* const p = sum.data() + x * c;
      if (c == 4 && p[3] > 0)
        for (std::size_t k = 0; k < 3; ++k) p[k] *= 255 / p[3];
      for (std::size_t k = 0; k < c; ++k) *to++ = to_sample(p[k]);
    }
  }
  return out;
}

}  // namespace visionshard::codec
