#include "codec/code_lengths.h"

#include <algorithm>

namespace visionshard::codec {

CodeLengths::CodeLengths(std::span<const std::uint8_t> lengths) {
  std::array<std::uint32_t, symbols> counts{};
  for (std::size_t i = 0; i < lengths.size();) {
    std::size_t n = 1;
    while (i + n < lengths.size() && lengths[i + n] == lengths[i]) ++n;
    const auto add = [&](unsigned symbol, unsigned extra_bits, std::size_t extra, std::size_t covers) {
      runs_.push_back(
          {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(extra_bits), static_cast<std::uint8_t>(extra)});
      ++counts[symbol];
      i += covers;
    };
    if (lengths[i] == 0 && n >= 11) {
      n = std::min<std::size_t>(n, 138);
      add(18, 7, n - 11, n);
    } else if (lengths[i] == 0 && n >= 3) {
      add(17, 3, n - 3, n);
    } else if (n >= 4) {
      add(lengths[i], 0, 0, 1);
      n = std::min<std::size_t>(n - 1, 6);
      add(16, 2, n - 3, n);
    } else {
      add(lengths[i], 0, 0, 1);
    }
  }
  build_huffman_codes(counts, 7, codes_);
}

std::size_t CodeLengths::used(const std::array<std::uint8_t, symbols>& order) const noexcept {
  std::size_t count = symbols;
  while (count > 4 && codes_[order[count - 1]].length == 0) --count;
  return count;
}

void CodeLengths::write_codes(BitWriter& out, const std::array<std::uint8_t, symbols>& order,
                              std::size_t count) const noexcept {
  for (std::size_t i = 0; i < count; ++i) out.put(codes_[order[i]].length, 3);
}

void CodeLengths::write_runs(BitWriter& out) const noexcept {
  for (const Run& run : runs_) {
    out.put(codes_[run.symbol].bits, codes_[run.symbol].length);
    out.put(run.extra, run.extra_bits);
  }
}

}  // namespace visionshard::codec
