// Shares of a whole as people write them, and the keys by which examples are chosen.
#pragma once

#include <visionshard/options.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/xxh128.h"

namespace visionshard {

/// "2.5%" or "100%": at most six decimals. Nothing where the text is none, or over 100 percent.
std::optional<Share> parse_share(std::string_view text);

/// As parse_share() reads it, with as few decimals as possible.
std::string share_text(Share share);

/// For what a key is made. Keys of one value for different purposes tell nothing of each other.
enum class KeyPurpose : std::uint8_t { sample, side, order };

/// A number from the digest of a value, the seed and the purpose, evenly spread: the finalizer of SplitMix64 over the
/// three, one after the other.
std::uint64_t seeded_key(const Xxh128::Digest& digest, std::uint64_t seed, KeyPurpose purpose) noexcept;

/// Whether a key is among the first `share` of all keys.
bool is_within(std::uint64_t key, Share share) noexcept;

}  // namespace visionshard
