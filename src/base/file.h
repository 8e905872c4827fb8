// Files by descriptor. EINTR and short transfers are handled here and nowhere else.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace visionshard {

/// Owns a descriptor; closes it at the end.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Closes now; a write error the kernel kept back until here is returned. 0 or an error number.
  int close() noexcept;

 private:
  int fd_ = -1;
};

/// Reads up to `size` bytes, fewer only at the end of the file. `path` is for the message.
RunResult<std::size_t> read_full(int fd, std::byte* out, std::size_t size, const std::string& path);

/// The same from `offset`, whatever the descriptor's own place.
RunResult<std::size_t> read_at(int fd, std::byte* out, std::size_t size, std::uint64_t offset, const std::string& path);

/// Writes all pieces at `offset`. The pieces are used up. `path` is for the message.
RunResult<void> write_pieces(int fd, std::span<iovec> pieces, std::uint64_t offset, const std::string& path);

/// Writes all pieces where the descriptor stands, which may be a pipe. The pieces are used up. `path` is for the
/// message.
RunResult<void> append_pieces(int fd, std::span<iovec> pieces, const std::string& path);

/// Whether what is written is also made to survive a power loss before the run goes on.
enum class Durability : bool { none, synced };

/// By an option `sync`.
constexpr Durability durability_of(bool sync) noexcept { return sync ? Durability::synced : Durability::none; }

/// Returns when the file's bytes are on the disk (fdatasync(2)).
RunResult<void> sync_file(int fd, const std::string& path);

/// Returns when the names in the directory are on the disk. A filesystem that cannot is no fault.
RunResult<void> sync_directory(const std::string& directory);

/// A new file to write and read; one that is there is removed.
RunResult<FileDescriptor> create_file(const std::string& path);

/// A file to read. Fault: it is not there, or has not `bytes` bytes.
RunResult<FileDescriptor> open_file(const std::string& path, std::uint64_t bytes);

/// All of a small file; nothing where there is none. Fault: it cannot be read, or is no regular file.
RunResult<std::optional<std::string>> read_file(const std::string& path);

/// Gives the file at `temporary` the name `path` as well, unless there is such a file already. Whether this call gave
/// it: exactly one of several does, also over NFS, where the answer to a link can be lost and the link be there
/// (open(2), O_EXCL). Where there are no hard links it is renamed. Fault: the filesystem knows neither that nor a
/// rename that does not replace.
RunResult<bool> publish_file(const std::string& temporary, const std::string& path);

/// Gives the file another name, and replaces none where the filesystem can refuse to.
RunResult<void> rename_new(const std::string& from, const std::string& to);

struct FileState {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  bool is_regular = false;
};

/// Fault: there is no such file, or no way to it.
RunResult<FileState> file_state(const std::string& path);

}  // namespace visionshard
