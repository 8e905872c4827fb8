// The identity of an example, the same on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/sha256.h"

namespace visionshard::output {

/// The first half of the SHA-256 of a written line, without its newline. Not a keyed hash: parts made on different
/// machines and runs compare theirs, and a key that all of them know is known to whoever writes a hostile line, too.
using ExampleDigest = std::array<std::uint64_t, 2>;

/// Of the digest of the whole line.
inline ExampleDigest example_digest(const Sha256::Digest& digest) noexcept {
  ExampleDigest half;
  std::memcpy(half.data(), digest.data(), sizeof half);
  return half;
}

}  // namespace visionshard::output
