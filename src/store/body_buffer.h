// The bytes of one body while they arrive.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/xxh128.h"

namespace visionshard::store {

/// Hashes bytes as they come; keeps the first in memory and, where there are more, all in a file without a name. Not
/// thread-safe.
class BodyBuffer {
 public:
  static constexpr std::size_t max_memory_bytes = 64 << 10;

  /// The file, where it is needed, is made in `directory`, an existing one, such as StorePaths::bodies(): what a crash
  /// leaves of it the filesystem removes.
  explicit BodyBuffer(std::string directory) : directory_(std::move(directory)) {}

  RunResult<void> append(ByteView bytes);
  std::uint64_t size() const noexcept { return bytes_; }

  /// All bytes: in memory they are not copied, from the file they are read into `spare`, which holds them then.
  RunResult<ByteView> view(Bytes& spare) const;

  /// Forgets all bytes; the next append() begins another body.
  void clear();

 private:
  friend class StoreWriter;

  std::string directory_;
  Bytes memory_;
  FileDescriptor file_;  // where there is one, it has all bytes but those in memory_
  std::uint64_t file_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  Sha256 sha256_;
  Xxh128 xxh128_;
};

}  // namespace visionshard::store
