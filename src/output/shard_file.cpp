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

ShardFile::ShardFile(const std::string& directory, const std::string& name, std::uint64_t index, Durability durability,
                     DigestOption digest)
    : keeps_nothing_(directory.empty()),
      temporary_path_(fmt::format("{}/{}/{}", directory, work_directory_name, name)),
      path_(fmt::format("{}/{}", directory, name)),
      durability_(durability),
      index_(index),
      digester_(digest) {
  info_.path = name;
}

RunResult<void> ShardFile::write(std::span<const iovec> pieces, std::uint64_t offset) {
  if (keeps_nothing_) return {};
  if (!file_) file_ = VISIONSHARD_TRY(AtomicFile::create(temporary_path_, path_, durability_, Temporary::kept));
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
  return file_.sync();
}

RunResult<void> ShardFile::release() { return file_.release(); }

std::uint64_t ShardFile::written_ns() const { return write_times({temporary_path_}).last_ns; }

void ShardFile::count(const ExampleSum& added) noexcept {
  info_.bytes += added.bytes;
  info_.examples += added.examples;
  info_.image_examples += added.image_examples;
  info_.images += added.images;
}

RunResult<void> ShardFile::publish() {
  // A file of this name that was there before the run is not ours to replace.
  return keeps_nothing_ ? RunResult<void>() : file_.publish(Existing::refused);
}

}  // namespace visionshard::output
