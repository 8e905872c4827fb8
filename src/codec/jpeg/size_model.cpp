// A block costs the Huffman codes of its DC difference and of its runs and values, and the values' own bits (T.81
// F.1.2). Counting those codes is a tenth of the work of writing them, and their best lengths follow from the counts
// alone.
#include "codec/jpeg/size_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

namespace visionshard::codec {
namespace {

// One 0xFF byte in 256 is followed by a stuffed zero.
constexpr double stuffing = 1 + 1.0 / 256;
constexpr double header_bytes = 700;  // tables and markers, without a profile

// Under a half: a step of 2 where it was 1 makes every odd value a tie, and away from zero ties cost bits for nothing.
// At equal size 0.40 beats decoding and encoding by 0.1 to 2.7 dB from quality 97 to 95, 85 and 75 (three photographs,
// noisy 4:4:4, clean 4:2:0 and 4:2:2), where 0.5 loses up to 0.5 dB to it; 0.35 is no better, 0.47 is 0.05 worse.
constexpr float dead_zone = 0.40f;
constexpr float just_under_half = 0.4999f;

using SampleCounts = std::array<std::uint32_t, 256>;

void add(std::array<double, 256>& counts, const SampleCounts& sampled, double weight) {
  for (std::size_t symbol = 0; symbol < 256; ++symbol) counts[symbol] += weight * sampled[symbol];
}

// Bits of all codes by Huffman's construction, the sum of the weights of all joined nodes, and those of the values.
double total_bits(const std::array<double, 256>& counts) {
  double value_bits = 0;
  for (std::size_t symbol = 0; symbol < 256; ++symbol) value_bits += counts[symbol] * static_cast<double>(symbol & 15);
  std::vector<double> leaves(counts.begin(), counts.end());
  std::erase(leaves, 0.0);
  if (leaves.empty()) return 0;
  leaves.push_back(1);  // the all-ones code stays unused
  std::sort(leaves.begin(), leaves.end());
  std::vector<double> joined;
  joined.reserve(leaves.size());
  std::size_t leaf = 0, node = 0;
  const auto smallest = [&] {
    const bool take_leaf = leaf < leaves.size() && (node == joined.size() || leaves[leaf] <= joined[node]);
    return take_leaf ? leaves[leaf++] : joined[node++];
  };
  double sum = 0;
  for (std::size_t i = 1; i < leaves.size(); ++i) {
    const double one = smallest(), other = smallest();
    joined.push_back(one + other);
    sum += joined.back();
  }
  return sum + value_bits;
}

void count_block(const std::int16_t* block, int& dc, SampleCounts& dc_symbols, SampleCounts& ac_symbols) {
  ++dc_symbols[category(block[0] - dc)];
  dc = block[0];
  unsigned last = 0;
  for (std::uint64_t rest = nonzero(block) & ~std::uint64_t{1}; rest != 0; rest &= rest - 1) {
    const auto k = static_cast<unsigned>(std::countr_zero(rest));
    unsigned run = k - last - 1;
    for (; run > 15; run -= 16) ++ac_symbols[sixteen_zeros];
    ++ac_symbols[run << 4 | category(block[k])];
    last = k;
  }
  if (last < 63) ++ac_symbols[end_of_block];
}

}  // namespace

Requantizer::Requantizer(const QuantTable& from, const QuantTable& to, Rounding rounding) noexcept {
  for (std::size_t i = 0; i < 64; ++i) {
    ratio_[i] = static_cast<float>(from[i]) / static_cast<float>(to[i]);
    const bool up = (i % 2 == 0) == (rounding == Rounding::half_even);
    rounding_[i] = rounding == Rounding::dead_zone ? dead_zone : up ? 0.5f : just_under_half;
  }
}

QuantTable in_rising_order(const QuantTable& table) noexcept {
  QuantTable ordered;
  for (std::size_t k = 0; k < 64; ++k) ordered[k] = table[zigzag[k]];
  return ordered;
}

std::vector<QuantTable> steps_of(const std::vector<SampledPlane>& planes, double quality) {
  std::vector<QuantTable> steps;
  for (const SampledPlane& plane : planes) {
    QuantTable& table = steps.emplace_back(table_of(quality, plane.kind));
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = std::max(table[i], plane.source[i]);
  }
  return steps;
}

SymbolCounts counted_symbols(const std::vector<SampledPlane>& planes, const std::vector<QuantTable>& steps) {
  SymbolCounts counts;
  std::int16_t block[64];
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const SampledPlane& plane = planes[p];
    const QuantTable from = in_rising_order(plane.source), to = in_rising_order(steps[p]);
    const Requantizer requantize[2] = {{from, to, plane.exact_source ? Rounding::half_even : Rounding::dead_zone},
                                       {from, to, plane.exact_source ? Rounding::half_odd : Rounding::dead_zone}};
    SampleCounts dc_symbols{}, ac_symbols{};
    int dc = 0;
    for (std::size_t i = 0; i < plane.blocks.size() / 64; ++i) {
      requantize[i % 2].apply(plane.blocks.data() + 64 * i, block);
      if (i % plane.row_blocks == 0) dc = block[0];  // what stands above is not sampled
      count_block(block, dc, dc_symbols, ac_symbols);
    }
    add(counts.dc[plane.huffman_table], dc_symbols, plane.weight);
    add(counts.ac[plane.huffman_table], ac_symbols, plane.weight);
  }
  return counts;
}

double predicted_bytes(const std::vector<SampledPlane>& planes, const std::vector<QuantTable>& steps) {
  const SymbolCounts counts = counted_symbols(planes, steps);
  double bits = 0;
  for (unsigned t = 0; t < 2; ++t) bits += total_bits(counts.dc[t]) + total_bits(counts.ac[t]);
  return bits / 8 * stuffing + header_bytes;
}

ProgressiveCounts counted_progressive_symbols(const std::vector<SampledPlane>& planes) {
  ProgressiveCounts counts;
  for (const SampledPlane& plane : planes) {
    SampleCounts symbols{};
    int dc = 0;
    for (std::size_t i = 0; i < plane.blocks.size() / 64; ++i) {
      const int value = plane.blocks[64 * i];
      if (i % plane.row_blocks == 0) dc = value;
      ++symbols[category(value - dc)];
      dc = value;
    }
    add(counts.dc[plane.huffman_table], symbols, plane.weight);
  }
  for (std::size_t b = 0; b < std::size(progressive_bands); ++b) {
    const SampledPlane& plane = planes[progressive_bands[b].component];
    SampleCounts symbols{};
    unsigned run = 0;
    double more_bits = 0;
    const auto on_run = [&](unsigned blocks) {
      ++symbols[run_bits(blocks) << 4];
      more_bits += run_bits(blocks);
    };
    for (std::size_t at = 0; at < plane.blocks.size(); at += 64) {
      const std::int16_t* const block = plane.blocks.data() + at;
      each_band_symbol(
          block, nonzero(block), progressive_bands[b], run, [&](unsigned s, int) { ++symbols[s]; }, on_run);
    }
    if (run > 0) on_run(run);
    add(counts.ac[b], symbols, plane.weight);
    counts.run_bits += more_bits * plane.weight;
  }
  return counts;
}

double predicted_progressive_bytes(const std::vector<SampledPlane>& planes) {
  const ProgressiveCounts counts = counted_progressive_symbols(planes);
  double bits = counts.run_bits;
  for (const auto& dc : counts.dc) bits += total_bits(dc);
  for (const auto& ac : counts.ac) bits += total_bits(ac);
  return bits / 8 * stuffing + header_bytes;
}

}  // namespace visionshard::codec
