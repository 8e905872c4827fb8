// SHA-256 by OpenSSL.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace visionshard {

/// Of one value; not thread-safe, and good for any number of values one after the other.
class Sha256 {
 public:
  using Digest = std::array<unsigned char, 32>;

  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;

  void update(ByteView bytes);
  /// Ends the digest; the next update begins another.
  Digest finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};

/// 64 lower-case digits, as sha256sum prints them.
std::string hexadecimal(const Sha256::Digest& digest);

}  // namespace visionshard
