// The value of a PDQ hash: 256 bits, compared by the number of bits that differ.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace visionshard::near_duplicates {

struct PdqHash {
  static constexpr unsigned bits = 256;

  /// Bit `i` is bit `i % 64` of word `i / 64`.
  std::array<std::uint64_t, 4> words = {};

  /// By the text of to_text().
  friend constexpr std::strong_ordering operator<=>(const PdqHash& a, const PdqHash& b) noexcept {
    for (std::size_t word = 4; word-- > 0;)
      if (a.words[word] != b.words[word]) return a.words[word] <=> b.words[word];
    return std::strong_ordering::equal;
  }
  friend constexpr bool operator==(const PdqHash&, const PdqHash&) noexcept = default;
};

/// The number of bits that differ, 0 to 256.
constexpr unsigned distance(const PdqHash& a, const PdqHash& b) noexcept {
  int different = 0;
  for (std::size_t word = 0; word < 4; ++word) different += std::popcount(a.words[word] ^ b.words[word]);
  return static_cast<unsigned>(different);
}

/// 64 hexadecimal digits, the highest bit first, as other programs write it.
std::string to_text(const PdqHash& hash);

/// Nothing unless `text` is 64 hexadecimal digits.
std::optional<PdqHash> parse_pdq_hash(std::string_view text) noexcept;

}  // namespace visionshard::near_duplicates
