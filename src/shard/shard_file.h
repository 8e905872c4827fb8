// A shard while it is being written.
#pragma once

#include <visionshard/report.h>

#include <memory>
#include <span>
#include <string>

#include "base/file.h"
#include "shard/sha256.h"

namespace visionshard::shard {

/// write() may be called from several threads at once, for different offsets; hash() and count() in the order of the
/// bytes, each from one thread at a time; finish() after all of them.
class ShardFile {
 public:
  /// Creates `directory`/.visionshard/`name`.
  static RunResult<std::shared_ptr<ShardFile>> create(const std::string& directory, const std::string& name);

  RunResult<void> write(std::span<const iovec> pieces, std::uint64_t offset);
  void hash(std::span<const iovec> pieces);
  void count(std::uint64_t bytes, std::uint64_t images) noexcept;

  /// Closes the file and gives it its final name.
  RunResult<ShardInfo> finish();

 private:
  FileDescriptor file_;
  std::string partial_path_;
  std::string final_path_;
  Sha256 digest_;
  ShardInfo info_;
};

}  // namespace visionshard::shard
