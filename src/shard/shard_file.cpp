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

RunResult<std::shared_ptr<ShardFile>> ShardFile::create(const std::string& directory, const std::string& name) {
  auto shard = std::make_shared<ShardFile>();
  shard->info_.path = name;
  shard->partial_path_ = fmt::format("{}/{}/{}", directory, work_directory_name, name);
  shard->final_path_ = fmt::format("{}/{}", directory, name);
  shard->file_ = FileDescriptor(::open(shard->partial_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!shard->file_) return system_fault(shard->partial_path_, "create", errno);
  return shard;
}

RunResult<void> ShardFile::write(std::span<const iovec> pieces, std::uint64_t offset) {
  std::vector<iovec> left(pieces.begin(), pieces.end());
  return write_pieces(file_.get(), left, offset, partial_path_);
}

void ShardFile::hash(std::span<const iovec> pieces) {
  for (const iovec& piece : pieces) digest_.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
}

void ShardFile::count(std::uint64_t bytes, std::uint64_t images) noexcept {
  info_.bytes += bytes;
  ++info_.examples;
  info_.image_examples += images > 0 ? 1 : 0;
  info_.images += images;
}

RunResult<ShardInfo> ShardFile::finish() {
  if (const int error = file_.close()) return system_fault(partial_path_, "write", error);
  // A file of this name that stood beside an earlier run is not ours to replace. Not every filesystem can refuse.
  int renamed = ::renameat2(AT_FDCWD, partial_path_.c_str(), AT_FDCWD, final_path_.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && errno == EINVAL) renamed = std::rename(partial_path_.c_str(), final_path_.c_str());
  if (renamed != 0) return system_fault(final_path_, "rename into place", errno);
  info_.sha256 = hexadecimal(digest_.finish());
  return info_;
}

}  // namespace visionshard::shard
