// A shard while it is being written.
#pragma once

#include <visionshard/report.h>

#include <span>
#include <string>

#include "base/atomic_file.h"
#include "base/file_digest.h"

namespace visionshard::output {

/// What examples add to a shard.
struct ExampleSum {
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;  // those with images
  std::uint64_t images = 0;
  std::uint64_t bytes = 0;  // with their newlines
};

/// hash(), count() and write() each from one thread at a time, different ones at once; hash() in the order of the
/// bytes. complete() and then publish() after all of them.
class ShardFile {
 public:
  /// `directory`/.visionshard/`name`, the `index`-th shard, which write() creates. Without a directory the bytes go
  /// nowhere.
  ShardFile(const std::string& directory, const std::string& name, std::uint64_t index, Durability durability,
            DigestOption digest);

  RunResult<void> write(std::span<const iovec> pieces, std::uint64_t offset);
  /// After the last write(): closes the file until complete().
  RunResult<void> release();
  bool is_open() const noexcept { return static_cast<bool>(file_); }
  void hash(std::span<const iovec> pieces);
  void count(const ExampleSum& added) noexcept;

  /// Ends the digests and sees the bytes to the disk.
  RunResult<void> complete();
  /// All of it, after complete().
  const ShardInfo& info() const noexcept { return info_; }
  /// When it was written to for the last time, after complete(); 0 where the bytes go nowhere.
  std::uint64_t written_ns() const;
  /// Closes the file and gives it its final name.
  RunResult<void> publish();

  std::uint64_t index() const noexcept { return index_; }

 private:
  bool keeps_nothing_;
  std::string temporary_path_, path_;
  Durability durability_;
  AtomicFile file_;
  std::uint64_t index_;
  FileDigester digester_;
  ShardInfo info_;
};

}  // namespace visionshard::output
