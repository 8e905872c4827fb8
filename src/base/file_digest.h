// The digests of a file, which show whether it still holds the same bytes.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>

#include "base/file.h"
#include "base/keep_running.h"
#include "base/sha256.h"
#include "base/xxh128.h"

namespace visionshard {

/// Lower-case hexadecimal digits: 32, and 64 or none.
struct Digests {
  std::string xxh128;
  std::string sha256;
};

/// Takes a file's bytes in their order. Not thread-safe.
class FileDigester {
 public:
  explicit FileDigester(DigestOption option) {
    if (option == DigestOption::sha256) sha256_.emplace();
  }

  void update(ByteView bytes) {
    xxh128_.update(bytes);
    if (sha256_) sha256_->update(bytes);
  }
  /// Ends the digests; the next update begins others.
  Digests finish() { return {hexadecimal(xxh128_.finish()), sha256_ ? hexadecimal(sha256_->finish()) : std::string()}; }

 private:
  Xxh128 xxh128_;
  std::optional<Sha256> sha256_;
};

/// Of the whole file. Faults: it cannot be read, becomes shorter, or `keep_running` said no.
RunResult<Digests> file_digests(const std::string& path, DigestOption option, const KeepRunning& keep_running = {});

}  // namespace visionshard
