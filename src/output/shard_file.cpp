#include "output/shard_file.h"

#include <fmt/format.h>

#include <vector>

#include "output/run_directory.h"
#include "output/shard_planner.h"
#include "output/verify_unmodified.h"

namespace visionshard::output {

std::string shard_name(const std::string& prefix, std::uint64_t index) {
  return fmt::format("{}-{:05}.jsonl", prefix, index);
}

RunResult<std::shared_ptr<ShardFile>> ShardFile::create(const std::string& directory, const std::string& name,
                                                        std::uint64_t index, Durability durability,
                                                        DigestOption digest) {
  std::shared_ptr<ShardFile> shard(new ShardFile(digest));
  shard->info_.path = name;
  shard->index_ = index;
  if (directory.empty()) return shard;
  shard->file_ =
      VISIONSHARD_TRY(AtomicFile::create(fmt::format("{}/{}/{}", directory, work_directory_name, name),
                                         fmt::format("{}/{}", directory, name), durability, Temporary::kept));
  return shard;
}

RunResult<void> ShardFile::write(std::span<const iovec> pieces, std::uint64_t offset) {
  if (!file_) return {};
  std::vector<iovec> left(pieces.begin(), pieces.end());
  return file_.write(left, offset);
}

void ShardFile::hash(std::span<const iovec> pieces) {
  for (const iovec& piece : pieces) digester_.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
}

RunResult<void> ShardFile::complete() {
  Digests digests = digester_.finish();
  info_.xxh128 = std::move(digests.xxh128);
  info_.sha256 = std::move(digests.sha256);
  return file_ ? file_.sync() : RunResult<void>();
}

std::uint64_t ShardFile::written_ns() const { return write_times({file_.temporary_path()}).last_ns; }

void ShardFile::count(const ExampleSum& added) noexcept {
  info_.bytes += added.bytes;
  info_.examples += added.examples;
  info_.image_examples += added.image_examples;
  info_.images += added.images;
}

RunResult<void> ShardFile::publish() {
  // A file of this name that was there before the run is not ours to replace.
  return file_ ? file_.publish(Existing::refused) : RunResult<void>();
}

}  // namespace visionshard::output
