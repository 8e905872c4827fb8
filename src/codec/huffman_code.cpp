#include "codec/huffman_code.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace visionshard::codec {
namespace {

struct Leaf {
  std::uint32_t count;
  std::uint16_t symbol;
};

// How many leaves lie at each depth, by joining the two lightest nodes over and over; `leaves` are sorted.
std::array<unsigned, 64> depths_of(const std::vector<Leaf>& leaves) {
  const std::size_t n = leaves.size();
  std::vector<std::uint64_t> weight;
  std::vector<std::size_t> parent(2 * n - 1);
  weight.reserve(2 * n - 1);
  for (const Leaf& leaf : leaves) weight.push_back(leaf.count);
  for (std::size_t leaf = 0, joined = n; weight.size() < 2 * n - 1;) {
    std::uint64_t sum = 0;
    for (int i = 0; i < 2; ++i) {
      const bool take_leaf = leaf < n && (joined == weight.size() || weight[leaf] <= weight[joined]);
      const std::size_t taken = take_leaf ? leaf++ : joined++;
      sum += weight[taken];
      parent[taken] = weight.size();
    }
    weight.push_back(sum);
  }
  std::array<unsigned, 64> at_depth{};
  std::vector<std::uint8_t> depth(2 * n - 1, 0);
  for (std::size_t i = 2 * n - 2; i-- > 0;) {
    depth[i] = static_cast<std::uint8_t>(depth[parent[i]] + 1);
    if (i < n) ++at_depth[std::min<std::size_t>(depth[i], 63)];
  }
  return at_depth;
}

// Moves leaves below the limit up to it, then lengthens shorter codes until the codes are a prefix code again.
void limit_depths(std::array<unsigned, 64>& at_depth, unsigned limit) {
  for (unsigned d = limit + 1; d < 64; ++d) at_depth[limit] += std::exchange(at_depth[d], 0u);
  std::uint64_t used = 0;
  for (unsigned d = 1; d <= limit; ++d) used += std::uint64_t{at_depth[d]} << (limit - d);
  for (; used > std::uint64_t{1} << limit; --used) {
    unsigned d = limit - 1;
    while (at_depth[d] == 0) --d;
    --at_depth[d];
    at_depth[d + 1] += 2;
    --at_depth[limit];
  }
}

std::uint16_t reversed(unsigned bits, unsigned length) noexcept {
  unsigned out = 0;
  for (; length > 0; --length, bits >>= 1) out = out << 1 | (bits & 1);
  return static_cast<std::uint16_t>(out);
}

}  // namespace

void build_huffman_codes(std::span<const std::uint32_t> counts, unsigned limit, std::span<HuffmanCode> codes) {
  std::vector<Leaf> leaves;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    codes[s] = {};
    if (counts[s] > 0) leaves.push_back({counts[s], static_cast<std::uint16_t>(s)});
  }
  if (leaves.empty()) return;
  if (leaves.size() == 1) {
    codes[leaves[0].symbol] = {0, 1};
    return;
  }
  std::sort(leaves.begin(), leaves.end(),
            [](const Leaf& a, const Leaf& b) { return a.count != b.count ? a.count < b.count : a.symbol < b.symbol; });
  std::array<unsigned, 64> at_depth = depths_of(leaves);
  limit_depths(at_depth, limit);
  // The rarest symbols get the longest codes.
  std::size_t next = 0;
  for (unsigned length = limit; length > 0; --length)
    for (unsigned i = 0; i < at_depth[length]; ++i)
      codes[leaves[next++].symbol].length = static_cast<std::uint8_t>(length);
  unsigned first = 0;
  std::array<unsigned, 17> next_bits{};
  for (unsigned length = 1; length <= limit; ++length) {
    next_bits[length] = first;
    first = (first + at_depth[length]) << 1;
  }
  for (HuffmanCode& code : codes)
    if (code.length > 0) code.bits = reversed(next_bits[code.length]++, code.length);
}

}  // namespace visionshard::codec
