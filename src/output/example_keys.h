// What tells examples apart for a shuffle and a split, the same on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/xxh128.h"

namespace visionshard::output {

/// An XXH3-128 as two numbers.
using HashKey = std::array<std::uint64_t, 2>;

inline HashKey hash_key(const Xxh128::Digest& digest) noexcept {
  HashKey key;
  std::memcpy(key.data(), digest.data(), sizeof key);
  return key;
}

/// The key of something that examples have in common, an image or a value, and that of a whole line: the latter are
/// the greater ones.
inline HashKey shared_key(const Xxh128::Digest& digest) noexcept {
  HashKey key = hash_key(digest);
  key[0] &= UINT64_MAX >> 1;
  return key;
}
inline HashKey line_key(const Xxh128::Digest& digest) noexcept {
  HashKey key = hash_key(digest);
  key[0] |= ~(UINT64_MAX >> 1);
  return key;
}
inline bool is_line_key(const HashKey& key) noexcept { return key[0] > UINT64_MAX >> 1; }

/// Of a written example.
struct ExampleKeys {
  HashKey line{};               // of its bytes as they are written, without the newline
  bool connects = false;        // for a split
  std::vector<HashKey> shared;  // ascending, each once
};

}  // namespace visionshard::output
