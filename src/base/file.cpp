#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace visionshard {

tl::unexpected<RunFault> system_fault(const std::string& path, const char* verb, int error_number) {
  return run_fault(fmt::format("{}: cannot {}: {}", path, verb, std::generic_category().message(error_number)));
}

FileDescriptor::~FileDescriptor() { close(); }

int FileDescriptor::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  // On Linux the descriptor is gone also after EINTR; a second close could hit another thread's file.
  return fd >= 0 && ::close(fd) != 0 && errno != EINTR ? errno : 0;
}

namespace {

// `read(out, size)` as the system call, until all is there.
template <class Read>
RunResult<std::size_t> read_all(std::byte* out, std::size_t size, const std::string& path, Read read) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = read(out + done, size - done, done);
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return system_fault(path, "read", errno);
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// `write(pieces, count)` is a system call that may write less than it is given.
template <class Write>
RunResult<void> write_all(std::span<iovec> pieces, const std::string& path, Write write) {
  while (!pieces.empty()) {
    const int count = static_cast<int>(std::min<std::size_t>(pieces.size(), IOV_MAX));
    const ssize_t written = write(pieces.data(), count);
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_fault(path, "write", errno);
    }
    std::size_t left = static_cast<std::size_t>(written);
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left > 0) {
      pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + left;
      pieces.front().iov_len -= left;
    }
  }
  return {};
}

}  // namespace

RunResult<std::size_t> read_full(int fd, std::byte* out, std::size_t size, const std::string& path) {
  return read_all(out, size, path, [&](std::byte* to, std::size_t most, std::size_t) { return ::read(fd, to, most); });
}

RunResult<std::size_t> read_at(int fd, std::byte* out, std::size_t size, std::uint64_t offset,
                               const std::string& path) {
  return read_all(out, size, path, [&](std::byte* to, std::size_t most, std::size_t done) {
    return ::pread(fd, to, most, static_cast<off_t>(offset + done));
  });
}

RunResult<void> write_pieces(int fd, std::span<iovec> pieces, std::uint64_t offset, const std::string& path) {
  return write_all(pieces, path, [&](const iovec* from, int count) {
    const ssize_t written = ::pwritev(fd, from, count, static_cast<off_t>(offset));
    offset += written > 0 ? static_cast<std::uint64_t>(written) : 0;
    return written;
  });
}

RunResult<void> append_pieces(int fd, std::span<iovec> pieces, const std::string& path) {
  return write_all(pieces, path, [&](const iovec* from, int count) { return ::writev(fd, from, count); });
}

RunResult<void> sync_file(int fd, const std::string& path) {
  while (::fdatasync(fd) != 0) {
    // Pipes and some special files have nothing to sync.
    if (errno == EINVAL || errno == EROFS) break;
    if (errno != EINTR) return system_fault(path, "write to disk", errno);
  }
  return {};
}

RunResult<void> sync_directory(const std::string& directory) {
  const FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return system_fault(directory, "open", errno);
  while (::fsync(opened.get()) != 0) {
    if (errno == EINVAL || errno == EROFS) break;
    if (errno != EINTR) return system_fault(directory, "write to disk", errno);
  }
  return {};
}

RunResult<FileDescriptor> create_file(const std::string& path) {
  // What stands there is removed, not written into: it could be a link to something else, or a pipe.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_fault(path, "replace", errno);
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) return system_fault(path, "create", errno);
  return file;
}

RunResult<FileDescriptor> open_file(const std::string& path, std::uint64_t bytes) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file || ::fstat(file.get(), &status) != 0) return system_fault(path, "open", errno);
  if (static_cast<std::uint64_t>(status.st_size) == bytes) return file;
  return run_fault(fmt::format("{}: has {} bytes where {} were written", path, status.st_size, bytes));
}

RunResult<std::optional<std::string>> read_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status;
  if (!file || ::fstat(file.get(), &status) != 0) return system_fault(path, "open", errno);
  if (!S_ISREG(status.st_mode)) return run_fault(path + ": is no regular file");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  auto got = VISIONSHARD_TRY(read_full(file.get(), reinterpret_cast<std::byte*>(text.data()), text.size(), path));
  text.resize(got);
  return text;
}

RunResult<bool> publish_file(const std::string& temporary, const std::string& path) {
  if (::link(temporary.c_str(), path.c_str()) == 0) return true;
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) {
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return true;
  } else if (errno == EEXIST) {
    struct stat status;
    if (::stat(temporary.c_str(), &status) == 0 && status.st_nlink == 2) return true;
    errno = EEXIST;
  }
  if (errno == EEXIST) return false;
  if (errno == EINVAL)
    return run_fault(path + ": the filesystem knows no hard links and no exclusive renames; give a folder on another");
  return system_fault(path, "link into place", errno);
}

RunResult<void> rename_new(const std::string& from, const std::string& to) {
  int renamed = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && errno == EINVAL) renamed = std::rename(from.c_str(), to.c_str());
  if (renamed != 0) return system_fault(to, "rename into place", errno);
  return {};
}

RunResult<FileState> file_state(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return system_fault(path, "open", errno);
  return FileState{static_cast<std::uint64_t>(status.st_size),
                   std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                   S_ISREG(status.st_mode)};
}

}  // namespace visionshard
