// A shard while it is being written.
#pragma once

#include <visionshard/report.h>

#include <memory>
#include <span>
#include <string>

#include "base/file.h"
#include "base/goes_on.h"
#include "shard/sha256.h"

namespace visionshard::shard {

/// write() may be called from several threads at once, for different offsets; hash() and count() in the order of the
/// bytes, each from one thread at a time; complete() and then publish() after all of them.
class ShardFile {
 public:
  /// Creates `directory`/.visionshard/`name`, the `index`-th shard. Without a directory the bytes go nowhere.
  static RunResult<std::shared_ptr<ShardFile>> create(const std::string& directory, const std::string& name,
                                                      std::uint64_t index, Durability durability);

  RunResult<void> write(std::span<const iovec> pieces, std::uint64_t offset);
  /// Takes bytes into the digest while they are at hand; some may be left out, and all behind them then are.
  void hash(std::span<const iovec> pieces, std::uint64_t offset);
  void count(std::uint64_t bytes, std::uint64_t images) noexcept;

  /// Takes what hash() left out from the file, which is in the page cache most likely, and sees the bytes to the disk.
  RunResult<void> complete(const GoesOn& goes_on = {});
  /// All of it, after complete().
  const ShardInfo& info() const noexcept { return info_; }
  /// When it was written to for the last time, behind complete(); 0 where the bytes go nowhere.
  std::uint64_t written_ns() const;
  /// Closes the file and gives it its final name.
  RunResult<void> publish();

  std::uint64_t index() const noexcept { return index_; }

 private:
  FileDescriptor file_;
  std::string partial_path_;
  std::string final_path_;
  std::uint64_t index_ = 0;
  Durability durability_ = Durability::none;
  std::uint64_t hashed_bytes_ = 0;
  Sha256 digest_;
  ShardInfo info_;
};

}  // namespace visionshard::shard
