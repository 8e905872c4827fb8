#include "base/share.h"

#include <fmt/format.h>

#include <cstring>

namespace visionshard {
namespace {

constexpr std::size_t max_decimals = 6;
constexpr std::uint64_t percent = 1'000'000;

// Guy Steele, Doug Lea, Christine Flood: Fast splittable pseudorandom number generators (OOPSLA 2014); constants of
// Stafford's variant 13.
std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

std::optional<Share> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view decimals = whole.size() == text.size() ? std::string_view() : text.substr(whole.size() + 1);
  const auto digits_only = [](std::string_view digits) {
    return digits.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (whole.empty() || whole.size() > 3 || decimals.size() > max_decimals || !digits_only(whole) ||
      !digits_only(decimals) || text.ends_with('.'))
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : whole) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  for (std::size_t i = 0; i < max_decimals; ++i)
    value = value * 10 + (i < decimals.size() ? static_cast<std::uint64_t>(decimals[i] - '0') : 0);
  return value <= Share().millionths_of_percent ? std::optional(Share{value}) : std::nullopt;
}

std::string share_text(Share share) {
  std::string text = fmt::format("{}", share.millionths_of_percent / percent);
  if (const std::uint64_t rest = share.millionths_of_percent % percent; rest > 0) {
    text += fmt::format(".{:06}", rest);
    while (text.ends_with('0')) text.pop_back();
  }
  return text + "%";
}

std::uint64_t seeded_key(const Xxh128::Digest& digest, std::uint64_t seed, KeyPurpose purpose) noexcept {
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof digest);
  std::memcpy(halves, digest.data(), sizeof halves);
  const std::uint64_t start = mix(seed + (static_cast<std::uint64_t>(purpose) + 1) * 0x9e3779b97f4a7c15);
  return mix(mix(start ^ halves[0]) ^ halves[1]);
}

bool is_within(std::uint64_t key, Share share) noexcept {
  __extension__ using Wide = unsigned __int128;
  return Wide{key} * Share().millionths_of_percent < Wide{share.millionths_of_percent} << 64;
}

}  // namespace visionshard
