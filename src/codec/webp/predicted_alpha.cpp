#include "codec/webp/predicted_alpha.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <utility>
#include <vector>

#include "codec/bit_writer.h"
#include "codec/code_lengths.h"
#include "codec/huffman_code.h"

namespace visionshard::codec {
namespace {

constexpr std::uint32_t tile_bits = 5, tile_side = 1u << tile_bits;
constexpr std::size_t max_groups = 16;

// One band of tiles in so many decides on the predictor.
constexpr std::uint32_t sampled_band = 6;

using Row = std::vector<std::uint8_t>;
using Counts = std::array<std::uint32_t, 256>;
using Codes = std::array<HuffmanCode, 256>;

// Numbered as in RFC 9649 section 3.5.1. Without a prediction the noise of neighbors is not added to a pixel's own.
enum class Predictor : std::uint8_t { none = 0, average = 10, gradient = 12, half_gradient = 13 };

std::uint8_t average(std::uint8_t a, std::uint8_t b) noexcept { return static_cast<std::uint8_t>((a + b) / 2); }
std::uint8_t clamped(int value) noexcept { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

template <class Predict>
void subtract(const Row& above, const Row& row, Row& out, Predict predict) {
  // The pixel after the last one above is, in the decoder's memory, the first of this row.
  const std::size_t last = row.size() - 1;
  for (std::size_t x = 1; x < last; ++x)
    out[x] = static_cast<std::uint8_t>(row[x] - predict(row[x - 1], above[x - 1], above[x], above[x + 1]));
  if (last > 0)
    out[last] = static_cast<std::uint8_t>(row[last] - predict(row[last - 1], above[last - 1], above[last], row[0]));
}

// What is left of the alpha of rows, from the first of a band on, once each pixel is predicted.
class Residuals {
 public:
  Residuals(const Pixels& pixels, Predictor predictor)
      : pixels_(pixels), predictor_(predictor), above_(pixels.width), row_(pixels.width), residuals_(pixels.width) {}

  // Calls visit(residuals of a row) for rows from `first` up to `end`.
  template <class Visit>
  void each_row(std::uint32_t first, std::uint32_t end, Visit visit) {
    if (first > 0) take_alpha(first - 1);
    for (std::uint32_t y = first; y < end; ++y) {
      std::swap(above_, row_);
      take_alpha(y);
      visit(predictor_ == Predictor::none ? row_ : predicted(y == 0));
    }
  }

 private:
  void take_alpha(std::uint32_t y) {
    const std::uint8_t* const from = pixels_.row(y);
    for (std::size_t x = 0; x < row_.size(); ++x) row_[x] = from[4 * x + 3];
  }

  const Row& predicted(bool is_top) {
    residuals_[0] = static_cast<std::uint8_t>(row_[0] - (is_top ? 0 : above_[0]));
    if (is_top)
      for (std::size_t x = 1; x < row_.size(); ++x) residuals_[x] = static_cast<std::uint8_t>(row_[x] - row_[x - 1]);
    else if (predictor_ == Predictor::average)
      subtract(above_, row_, residuals_, [](auto left, auto above_left, auto above, auto above_right) {
        return average(average(left, above_left), average(above, above_right));
      });
    else if (predictor_ == Predictor::gradient)
      subtract(above_, row_, residuals_,
               [](int left, int above_left, int above, int) { return clamped(left + above - above_left); });
    else
      subtract(above_, row_, residuals_, [](auto left, int above_left, auto above, int) {
        const int both = average(left, above);
        return clamped(both + (both - above_left) / 2);
      });
    return residuals_;
  }

  const Pixels& pixels_;
  Predictor predictor_;
  Row above_, row_, residuals_;
};

// By which tiles are grouped: twice the residual, or the pixel itself.
std::uint32_t weight(Predictor predictor, std::uint8_t residual) noexcept {
  if (predictor == Predictor::none) return residual;
  return 2 * static_cast<std::uint32_t>(std::abs(static_cast<std::int8_t>(residual)));
}

// Bands of square tiles; tiles of one group share a code.
class Tiles {
 public:
  // Of one band in `every`. The means at the edges are too low, which does no harm.
  Tiles(const Pixels& pixels, Predictor predictor, std::uint32_t every)
      : pixels_(pixels), every_(every), across_((pixels.width + tile_side - 1) / tile_side) {
    std::vector<std::uint8_t> means;
    std::vector<std::uint32_t> sums(across_);
    each_band(predictor, [&](const Row& residuals, std::size_t, std::uint32_t rows_left) {
      for (std::size_t x = 0; x < residuals.size(); ++x) sums[x >> tile_bits] += weight(predictor, residuals[x]);
      if (rows_left > 0) return;
      for (std::uint32_t& sum : sums)
        means.push_back(static_cast<std::uint8_t>(std::min(std::exchange(sum, 0) >> 2 * tile_bits, 255u)));
    });
    // Groups of about as many tiles each.
    std::array<std::size_t, 256> of_mean{}, below{};
    for (const std::uint8_t mean : means) ++of_mean[mean];
    std::exclusive_scan(of_mean.begin(), of_mean.end(), below.begin(), std::size_t{0});
    for (const std::uint8_t mean : means)
      groups_.push_back(static_cast<std::uint8_t>(below[mean] * max_groups / means.size()));
    counts_.resize(std::ranges::max(groups_) + std::size_t{1});
    each_row(predictor, [&](const Row& residuals, const std::uint8_t* groups) {
      for (std::size_t x = 0; x < residuals.size(); ++x) ++counts_[groups[x >> tile_bits]][residuals[x]];
    });
  }

  const std::vector<std::uint8_t>& groups() const noexcept { return groups_; }
  const std::vector<Counts>& counts() const noexcept { return counts_; }  // of residuals, by group

  // Calls visit(residuals, groups of the tiles in this row) for each row.
  template <class Visit>
  void each_row(Predictor predictor, Visit visit) const {
    each_band(predictor, [&](const Row& residuals, std::size_t band, std::uint32_t) {
      visit(residuals, groups_.data() + band * across_);
    });
  }

 private:
  template <class Visit>
  void each_band(Predictor predictor, Visit visit) const {
    Residuals residuals(pixels_, predictor);
    std::size_t band = 0;
    for (std::uint32_t top = 0; top < pixels_.height; top += every_ * tile_side, ++band) {
      std::uint32_t left = std::min(tile_side, pixels_.height - top);
      residuals.each_row(top, top + left, [&](const Row& row) { visit(row, band, --left); });
    }
  }

  const Pixels& pixels_;
  std::uint32_t every_;
  std::size_t across_;
  std::vector<std::uint8_t> groups_;
  std::vector<Counts> counts_;
};

std::size_t used_symbols(const Counts& counts) noexcept {
  return counts.size() - static_cast<std::size_t>(std::ranges::count(counts, 0u));
}

Codes codes_of(const Counts& counts) {
  Codes codes{};
  // A symbol that occurs alone takes no bits.
  if (used_symbols(counts) > 1) build_huffman_codes(counts, 15, codes);
  return codes;
}

std::uint64_t bits_of(const std::vector<Counts>& groups) {
  std::uint64_t bits = 0;
  for (const Counts& counts : groups) {
    const Codes codes = codes_of(counts);
    for (std::size_t s = 0; s < counts.size(); ++s) bits += std::uint64_t{counts[s]} * codes[s].length;
  }
  return bits;
}

Predictor best_predictor(const Pixels& pixels) {
  std::pair best{UINT64_MAX, Predictor::none};
  for (const auto each : {Predictor::none, Predictor::average, Predictor::gradient, Predictor::half_gradient})
    best = std::min(best, {bits_of(Tiles(pixels, each, sampled_band).counts()), each});
  return best.second;
}

// RFC 9649 section 3.7.2: the code of green, which holds what is coded here, and codes of one symbol for the others.
Codes write_codes(BitWriter& out, const Counts& counts) {
  constexpr std::size_t length_prefixes = 24;
  const Codes codes = codes_of(counts);
  out.make_room(1024);
  if (used_symbols(counts) <= 1) {
    const auto only = std::ranges::max_element(counts) - counts.begin();
    out.put(0b101u | static_cast<unsigned>(only) << 3, 11);  // simple, one symbol, of 8 bits
  } else {
    std::array<std::uint8_t, 256 + length_prefixes> lengths{};
    std::ranges::transform(codes, lengths.begin(), &HuffmanCode::length);
    constexpr std::array<std::uint8_t, CodeLengths::symbols> order = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                                      7,  8,  9, 10, 11, 12, 13, 14, 15};
    const CodeLengths runs(lengths);
    const std::size_t used = runs.used(order);
    out.put(0, 1);  // normal
    out.put(used - 4, 4);
    runs.write_codes(out, order, used);
    out.put(0, 1);  // lengths of all symbols
    runs.write_runs(out);
  }
  for (int code = 0; code < 4; ++code) out.put(1, 4);  // red, blue, alpha, distance: simple, one symbol of 1 bit, 0
  return codes;
}

// A small picture of numbers.
void write_numbers(BitWriter& out, const std::vector<std::uint8_t>& numbers) {
  Counts counts{};
  for (const std::uint8_t number : numbers) ++counts[number];
  out.put(0, 1);  // no color cache
  const Codes codes = write_codes(out, counts);
  out.make_room(2 * numbers.size());
  for (const std::uint8_t number : numbers) out.put(codes[number].bits, codes[number].length);
}

}  // namespace

Bytes predicted_webp_alpha(const Pixels& pixels) {
  const Predictor predictor = best_predictor(pixels);
  const Tiles tiles(pixels, predictor, 1);
  Bytes data;
  BitWriter out(data);
  out.make_room(64);
  out.put(1, 8);  // of the chunk: compressed, neither filtered nor reduced
  // RFC 9649 section 3.8.
  if (predictor != Predictor::none) {
    out.put(0b001, 3);  // a transform, of type 0
    out.put(7, 3);      // its picture has one number for 512 by 512 pixels, all the same: that takes no bits
    write_numbers(out, {static_cast<std::uint8_t>(predictor)});
  }
  out.put(0b100, 3);  // no more transforms, no color cache, several codes
  out.put(tile_bits - 2, 3);
  write_numbers(out, tiles.groups());
  std::vector<Codes> codes;
  for (const Counts& counts : tiles.counts()) codes.push_back(write_codes(out, counts));
  tiles.each_row(predictor, [&](const Row& residuals, const std::uint8_t* groups) {
    out.make_room(2 * residuals.size());
    for (std::size_t x = 0; x < residuals.size(); ++x) {
      const HuffmanCode& code = codes[groups[x >> tile_bits]][residuals[x]];
      out.put(code.bits, code.length);
    }
  });
  out.finish();
  return data;
}

}  // namespace visionshard::codec
