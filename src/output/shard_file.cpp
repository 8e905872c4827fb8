#include "output/shard_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
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
  shard->durability_ = durability;
  if (directory.empty()) return shard;
  shard->partial_path_ = fmt::format("{}/{}/{}", directory, work_directory_name, name);
  shard->final_path_ = fmt::format("{}/{}", directory, name);
  auto created = create_file(shard->partial_path_);
  if (!created) return tl::unexpected(created.error());
  shard->file_ = std::move(*created);
  return shard;
}

RunResult<void> ShardFile::write(std::span<const iovec> pieces, std::uint64_t offset) {
  if (!file_) return {};
  std::vector<iovec> left(pieces.begin(), pieces.end());
  return write_pieces(file_.get(), left, offset, partial_path_);
}

void ShardFile::hash(std::span<const iovec> pieces) {
  for (const iovec& piece : pieces) digester_.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
}

RunResult<void> ShardFile::complete() {
  Digests digests = digester_.finish();
  info_.xxh128 = std::move(digests.xxh128);
  info_.sha256 = std::move(digests.sha256);
  return file_ && durability_ == Durability::synced ? sync_file(file_.get(), partial_path_) : RunResult<void>();
}

std::uint64_t ShardFile::written_ns() const { return last_write_ns({partial_path_}); }

void ShardFile::count(std::uint64_t bytes, std::uint64_t images) noexcept {
  info_.bytes += bytes;
  ++info_.examples;
  info_.image_examples += images > 0 ? 1 : 0;
  info_.images += images;
}

RunResult<void> ShardFile::publish() {
  if (!file_) return {};
  if (const int error = file_.close()) return system_fault(partial_path_, "write", error);
  // A file of this name that stood beside an earlier run is not ours to replace.
  if (auto renamed = rename_new(partial_path_, final_path_); !renamed) return renamed;
  return durability_ == Durability::synced ? sync_directory(final_path_.substr(0, final_path_.rfind('/') + 1))
                                           : RunResult<void>();
}

}  // namespace visionshard::output
