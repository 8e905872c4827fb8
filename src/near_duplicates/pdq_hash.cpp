#include "near_duplicates/pdq_hash.h"

#include <fmt/format.h>

#include <charconv>

namespace visionshard::near_duplicates {

std::string to_text(const PdqHash& hash) {
  const auto& words = hash.words;
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", words[3], words[2], words[1], words[0]);
}

std::optional<PdqHash> parse_pdq_hash(std::string_view text) noexcept {
  constexpr std::size_t digits = 16;
  if (text.size() != 4 * digits) return std::nullopt;
  PdqHash hash;
  for (std::size_t word = 4; word-- > 0; text.remove_prefix(digits)) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, hash.words[word], 16);
    if (error != std::errc() || end != text.data() + digits) return std::nullopt;
  }
  return hash;
}

}  // namespace visionshard::near_duplicates
