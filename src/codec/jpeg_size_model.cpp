// A block costs the Huffman codes of its DC difference and of its runs and values, and the values' own bits (T.81
// F.1.2). Counting those codes is a tenth of the work of writing them, and their best lengths follow from the counts
// alone.
#include "codec/jpeg_size_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {
namespace {

// One 0xFF byte in 256 is followed by a stuffed zero.
constexpr double stuffing = 1 + 1.0 / 256;
constexpr double header_bytes = 700;  // tables and markers, without a profile

// Under a half: a step of 2 where it was 1 makes every odd value a tie, and away from zero ties cost bits for nothing.
// At equal size 0.40 beats decoding and encoding by 0.1 to 2.7 dB from quality 97 to 95, 85 and 75 (three photographs,
// noisy 4:4:4, clean 4:2:0 and 4:2:2), where 0.5 loses up to 0.5 dB to it; 0.35 is no better, 0.47 is 0.05 worse.
constexpr float rounding = 0.40f;

unsigned category(int value) noexcept {
  return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(value))));
}

using SymbolCounts = std::array<std::uint32_t, 256>;

struct Codes {
  std::array<double, 256> count{};
  double bits = 0;  // of the values themselves

  void add(const SymbolCounts& sampled, double weight) {
    for (std::size_t symbol = 0; symbol < 256; ++symbol) {
      count[symbol] += weight * sampled[symbol];
      bits += weight * sampled[symbol] * static_cast<double>(symbol & 15);
    }
  }

  // Bits of all codes by Huffman's construction: the sum of the weights of all joined nodes.
  double total_bits() const {
    std::vector<double> leaves(count.begin(), count.end());
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
    return sum + bits;
  }
};

// A bit for each coefficient that is not zero.
std::uint64_t nonzero(const std::int16_t* block) noexcept {
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

void count_block(const std::int16_t* block, int& dc, SymbolCounts& dc_symbols, SymbolCounts& ac_symbols) {
  constexpr unsigned end_of_block = 0x00, sixteen_zeros = 0xF0;
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

QuantTable in_rising_order(const QuantTable& table) noexcept {
  QuantTable ordered;
  for (std::size_t k = 0; k < 64; ++k) ordered[k] = table[zigzag[k]];
  return ordered;
}

}  // namespace

Requantiser::Requantiser(const QuantTable& from, const QuantTable& to) noexcept {
  for (std::size_t i = 0; i < 64; ++i) ratio_[i] = static_cast<float>(from[i]) / static_cast<float>(to[i]);
}

void Requantiser::apply(const std::int16_t* in, std::int16_t* out) const noexcept {
  for (std::size_t i = 0; i < 64; ++i) {
    const float exact = static_cast<float>(in[i]) * ratio_[i];
    out[i] = static_cast<std::int16_t>(exact + (exact < 0 ? -rounding : rounding));
  }
}

double predicted_bytes(const std::vector<SampledPlane>& planes, const std::vector<QuantTable>& steps) {
  std::array<Codes, 2> dc_codes, ac_codes;
  std::int16_t block[64];
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const SampledPlane& plane = planes[p];
    const Requantiser requantise(in_rising_order(plane.source), in_rising_order(steps[p]));
    SymbolCounts dc_symbols{}, ac_symbols{};
    int dc = 0;
    for (std::size_t i = 0; i < plane.blocks.size() / 64; ++i) {
      requantise.apply(plane.blocks.data() + 64 * i, block);
      if (i % plane.row_blocks == 0) dc = block[0];  // what stands above is not sampled
      count_block(block, dc, dc_symbols, ac_symbols);
    }
    dc_codes[plane.huffman_table].add(dc_symbols, plane.weight);
    ac_codes[plane.huffman_table].add(ac_symbols, plane.weight);
  }
  double bits = 0;
  for (unsigned t = 0; t < 2; ++t) bits += dc_codes[t].total_bits() + ac_codes[t].total_bits();
  return bits / 8 * stuffing + header_bytes;
}

}  // namespace visionshard::codec
