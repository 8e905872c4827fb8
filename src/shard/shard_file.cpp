#include "shard/shard_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "shard/output_directory.h"
#include "shard/plan.h"

namespace visionshard::shard {

std::string shard_name(const std::string& prefix, std::uint64_t index) {
  return fmt::format("{}-{:05}.jsonl", prefix, index);
}

RunResult<std::shared_ptr<ShardFile>> ShardFile::create(const std::string& directory, const std::string& name,
                                                        std::uint64_t index, Durability durability) {
  auto shard = std::make_shared<ShardFile>();
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

void ShardFile::hash(std::span<const iovec> pieces, std::uint64_t offset) {
  if (offset != hashed_bytes_) return;
  for (const iovec& piece : pieces) {
    digest_.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
    hashed_bytes_ += piece.iov_len;
  }
}

RunResult<void> ShardFile::complete() {
  constexpr std::size_t step_bytes = 256 << 10;  // stays in the second-level cache between the copy and the digest
  Bytes step;
  while (hashed_bytes_ < info_.bytes) {
    step.resize(step_bytes);
    auto got = read_at(file_.get(), step.data(), step_bytes, hashed_bytes_, partial_path_);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return run_fault(partial_path_ + ": became shorter while it was written");
    digest_.update(step.view().first(*got));
    hashed_bytes_ += *got;
  }
  info_.sha256 = hexadecimal(digest_.finish());
  return file_ && durability_ == Durability::synced ? sync_file(file_.get(), partial_path_) : RunResult<void>();
}

void ShardFile::count(std::uint64_t bytes, std::uint64_t images) noexcept {
  info_.bytes += bytes;
  ++info_.examples;
  info_.image_examples += images > 0 ? 1 : 0;
  info_.images += images;
}

RunResult<void> ShardFile::publish() {
  if (!file_) return {};
  if (const int error = file_.close()) return system_fault(partial_path_, "write", error);
  if (auto renamed = give_final_name(partial_path_, final_path_); !renamed) return renamed;
  return durability_ == Durability::synced ? sync_directory(final_path_.substr(0, final_path_.rfind('/') + 1))
                                           : RunResult<void>();
}

RunResult<void> give_final_name(const std::string& partial_path, const std::string& final_path) {
  // A file of this name that stood beside an earlier run is not ours to replace. Not every filesystem can refuse.
  int renamed = ::renameat2(AT_FDCWD, partial_path.c_str(), AT_FDCWD, final_path.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && errno == EINVAL) renamed = std::rename(partial_path.c_str(), final_path.c_str());
  if (renamed != 0) return system_fault(final_path, "rename into place", errno);
  return {};
}

}  // namespace visionshard::shard
