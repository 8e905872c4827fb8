// XXH3 with 128 bits: detects damage, but not an attack.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace visionshard {

/// Of one value; not thread-safe, and good for any number of values one after the other.
class Xxh128 {
 public:
  /// In the order in which it is printed.
  using Digest = std::array<unsigned char, 16>;

  Xxh128();
  ~Xxh128();
  Xxh128(Xxh128&&) noexcept = default;
  Xxh128& operator=(Xxh128&&) noexcept = default;

  void update(ByteView bytes);
  /// Ends the digest; the next update begins another.
  Digest finish();

 private:
  struct Free {
    void operator()(void* state) const noexcept;
  };
  std::unique_ptr<void, Free> state_;
};

/// Of the whole of `bytes`.
Xxh128::Digest xxh128_digest(ByteView bytes) noexcept;

/// 32 lower-case digits, as `xxhsum -H2` prints them.
std::string hexadecimal(const Xxh128::Digest& digest);

/// Keyed by a secret of its own, of the system's random bytes: without it nobody can choose two values that are taken
/// for one. Thread-safe.
class KeyedHash {
 public:
  KeyedHash();

  std::array<std::uint64_t, 2> operator()(ByteView bytes) const noexcept;

 private:
  std::array<unsigned char, 192> secret_;
};

}  // namespace visionshard
