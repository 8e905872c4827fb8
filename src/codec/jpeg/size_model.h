// How many bytes a JPEG's coefficients would take with other quantization tables, counted on a sample of its blocks.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <vector>

#include "codec/jpeg/block.h"
#include "codec/jpeg/quality.h"

namespace visionshard::codec {

/// dead_zone: as JPEG coefficients are divided here. half: as an encoder divides what it has transformed itself; of
/// those that stand in a sample as whole numbers, ties go up at even places in even blocks and at odd ones in odd.
enum class Rounding : std::uint8_t { dead_zone, half_even, half_odd };

/// One component's blocks, 64 quantized coefficients each in the order of rising frequency, and what is known of the
/// component as a whole.
struct SampledPlane {
  std::vector<std::int16_t> blocks;  // rows of blocks one after the other
  std::size_t row_blocks = 0;
  double weight = 1;  // blocks of the picture for each block sampled
  QuantTable source{};
  Plane kind = Plane::luminance;  // whose standard table its steps follow
  unsigned huffman_table = 0;     // 0 or 1: which tables it shares
  bool exact_source = false;      // the picture's own coefficients are no whole numbers
};

/// Enough blocks to predict the size of a photograph within 1 %, in runs that lie all over it.
inline constexpr std::size_t sampled_blocks = 12'000, max_sampled_rows = 160, min_sampled_run = 16;

/// The tables of `quality` for each plane, or the source's steps where those are coarser: finer ones cost bytes and
/// give nothing back.
std::vector<QuantTable> steps_of(const std::vector<SampledPlane>& planes, double quality);

/// `table` with its steps in the order of rising frequency.
QuantTable in_rising_order(const QuantTable& table) noexcept;

/// How often each symbol (T.81 F.1.2) is to be expected in the whole picture, by table.
struct SymbolCounts {
  std::array<std::array<double, 256>, 2> dc{}, ac{};
};
SymbolCounts counted_symbols(const std::vector<SampledPlane>& planes, const std::vector<QuantTable>& steps);

/// Bytes of a sequential JPEG with Huffman tables made for it, quantized by `steps`, a table for each plane. Within 1 %
/// on most photographs when a few thousand blocks of each plane are sampled.
double predicted_bytes(const std::vector<SampledPlane>& planes, const std::vector<QuantTable>& steps);

/// The same of a progressive JPEG with the sources' own steps, by scan of progressive_bands.
struct ProgressiveCounts {
  std::array<std::array<double, 256>, 2> dc{};
  std::array<std::array<double, 256>, std::size(progressive_bands)> ac{};
  double run_bits = 0;  // that follow the symbols of runs
};
ProgressiveCounts counted_progressive_symbols(const std::vector<SampledPlane>& planes);

/// Bytes of that JPEG, written by JpegScan. `planes` are three.
double predicted_progressive_bytes(const std::vector<SampledPlane>& planes);

/// Coefficients quantized by `from` to multiples of `to`; 64 at a time, in the tables' order.
class Requantizer {
 public:
  Requantizer(const QuantTable& from, const QuantTable& to, Rounding rounding = Rounding::dead_zone) noexcept;
  void apply(const std::int16_t* in, std::int16_t* out) const noexcept {
    for (std::size_t i = 0; i < 64; ++i) out[i] = static_cast<std::int16_t>(at(i, in[i]));
  }
  /// The i-th coefficient alone.
  int at(std::size_t i, int value) const noexcept {
    const float exact = static_cast<float>(value) * ratio_[i];
    return static_cast<int>(exact + std::copysign(rounding_[i], exact));  // signs are random: no branch on them
  }

 private:
  float ratio_[64], rounding_[64];
};

}  // namespace visionshard::codec
