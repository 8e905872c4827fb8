// SHA-256 by OpenSSL. The only includer of its headers is sha256.cpp.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"

namespace visionshard::shard {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;

  void update(ByteView bytes);
  /// 64 lower-case hexadecimal digits, as sha256sum prints them. Ends the digest.
  std::string finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace visionshard::shard
