#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace visionshard {

AtomicFile::AtomicFile(FileDescriptor file, std::string temporary_path, std::string path, Durability durability,
                       Temporary temporary)
    : file_(std::move(file)),
      temporary_path_(std::move(temporary_path)),
      path_(std::move(path)),
      durability_(durability),
      temporary_(temporary) {}

RunResult<AtomicFile> AtomicFile::create(std::string temporary_path, std::string path, Durability durability,
                                         Temporary temporary) {
  FileDescriptor file = VISIONSHARD_TRY(create_file(temporary_path));
  return AtomicFile(std::move(file), std::move(temporary_path), std::move(path), durability, temporary);
}

AtomicFile::~AtomicFile() {
  if (temporary_ == Temporary::removed && !temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void AtomicFile::swap(AtomicFile& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(temporary_path_, other.temporary_path_);
  std::swap(path_, other.path_);
  std::swap(durability_, other.durability_);
  std::swap(temporary_, other.temporary_);
  std::swap(synced_, other.synced_);
}

RunResult<void> AtomicFile::write(std::span<iovec> pieces, std::uint64_t offset) const {
  return write_pieces(file_.get(), pieces, offset, temporary_path_);
}

RunResult<void> AtomicFile::append(std::span<iovec> pieces) {
  synced_ = false;
  return append_pieces(file_.get(), pieces, temporary_path_);
}

RunResult<void> AtomicFile::append(std::string_view text) {
  iovec piece{const_cast<char*>(text.data()), text.size()};
  return append({&piece, 1});
}

RunResult<void> AtomicFile::sync() {
  if (durability_ == Durability::synced && !synced_) {
    if (!file_) file_ = FileDescriptor(::open(temporary_path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file_) return system_fault(temporary_path_, "open", errno);
    VISIONSHARD_TRY(sync_file(file_.get(), temporary_path_));
  }
  synced_ = true;
  return {};
}

RunResult<void> AtomicFile::release() {
  if (const int error = file_.close()) return system_fault(temporary_path_, "write", error);
  return {};
}

RunResult<void> AtomicFile::close() {
  if (!file_) return {};
  VISIONSHARD_TRY(sync());
  return release();
}

RunResult<void> AtomicFile::sync_parent() const {
  if (durability_ == Durability::none) return {};
  const std::size_t slash = path_.rfind('/');
  return sync_directory(slash == std::string::npos ? "." : path_.substr(0, slash + 1));
}

RunResult<void> AtomicFile::publish(Existing existing) {
  VISIONSHARD_TRY(close());
  struct stat status {};
  if (existing == Existing::refused) {
    VISIONSHARD_TRY(rename_new(temporary_path_, path_));
  } else if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    // A rename would put a file in the place of /dev/null.
    return run_fault(path_ + ": is not a regular file, and is not replaced by one");
  } else if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return system_fault(path_, "rename into place", errno);
  }
  temporary_path_.clear();
  return sync_parent();
}

RunResult<bool> AtomicFile::publish_if_first() {
  VISIONSHARD_TRY(close());
  const bool first = VISIONSHARD_TRY(publish_file(temporary_path_, path_));
  if (first) VISIONSHARD_TRY(sync_parent());
  return first;
}

RunResult<void> write_file_atomically(const std::string& path, std::string_view text, Durability durability,
                                      const std::string& temporary_path) {
  AtomicFile file = VISIONSHARD_TRY(AtomicFile::create(temporary_path, path, durability, Temporary::removed));
  VISIONSHARD_TRY(file.append(text));
  return file.publish(Existing::replaced);
}

RunResult<void> write_file_atomically(const std::string& path, std::string_view text, Durability durability) {
  return write_file_atomically(path, text, durability, path + ".partial");
}

}  // namespace visionshard
