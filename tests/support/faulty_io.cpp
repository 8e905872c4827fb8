// Loaded before the C library by LD_PRELOAD: makes a system call fail as a disk, a network or a full table would.
// FAULTY_IO is "CALL:FIRST:COUNT:ERROR[:PATH]": of the calls on files whose path has PATH in it, those from FIRST on
// (from 1), COUNT of them (0: all), fail with the error number; with ERROR "short" they transfer half of what was
// asked, with "hang" they never return. A PATH that ends with "$" must be the path's end.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Fault {
  std::string call, error, path;
  unsigned long first = 0, count = 0;
};

const Fault& fault() {
  static const Fault parsed = [] {
    Fault f;
    const char* const text = std::getenv("FAULTY_IO");
    if (text == nullptr) return f;
    std::string rest = text, parts[5];
    for (std::string& part : parts) {
      const std::size_t colon = std::min(rest.find(':'), rest.size());
      part = rest.substr(0, colon);
      rest = rest.substr(std::min(colon + 1, rest.size()));
    }
    f.call = parts[0];
    f.first = std::stoul(parts[1]);
    f.count = std::stoul(parts[2]);
    f.error = parts[3];
    f.path = parts[4];
    return f;
  }();
  return parsed;
}

bool concerns(const Fault& f, const std::string& path) {
  if (f.path.empty() || f.path.back() != '$') return path.find(f.path) != std::string::npos;
  const std::string end = f.path.substr(0, f.path.size() - 1);
  return path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
}

enum class What { pass, fail, shorten };

What decide(const char* call, const std::string& path) {
  static std::atomic<unsigned long> calls{0};
  const Fault& f = fault();
  if (f.call != call || !concerns(f, path)) return What::pass;
  const unsigned long number = ++calls;
  if (number < f.first || (f.count > 0 && number >= f.first + f.count)) return What::pass;
  if (f.error == "hang")
    for (;;) ::pause();
  if (f.error == "short") return What::shorten;
  errno = std::atoi(f.error.c_str());
  return What::fail;
}

std::string path_of(int fd) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::size_t half(std::size_t size) { return std::max<std::size_t>(size / 2, 1); }

}  // namespace

extern "C" {

ssize_t read(int fd, void* to, size_t size) {
  static const auto next = real<ssize_t (*)(int, void*, size_t)>("read");
  const What what = decide("read", path_of(fd));
  return what == What::fail ? -1 : next(fd, to, what == What::shorten ? half(size) : size);
}

ssize_t pread64(int fd, void* to, size_t size, off64_t at) {
  static const auto next = real<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
  const What what = decide("pread", path_of(fd));
  return what == What::fail ? -1 : next(fd, to, what == What::shorten ? half(size) : size, at);
}
ssize_t pread(int fd, void* to, size_t size, off_t at) { return pread64(fd, to, size, at); }

ssize_t pwritev64(int fd, const iovec* pieces, int count, off64_t at) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int, off64_t)>("pwritev64");
  const What what = decide("write", path_of(fd));
  if (what == What::fail) return -1;
  if (what == What::pass) return next(fd, pieces, count, at);
  const iovec part{pieces[0].iov_base, half(pieces[0].iov_len)};
  return next(fd, &part, 1, at);
}
ssize_t pwritev(int fd, const iovec* pieces, int count, off_t at) { return pwritev64(fd, pieces, count, at); }

ssize_t writev(int fd, const iovec* pieces, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  const What what = decide("write", path_of(fd));
  if (what == What::fail) return -1;
  if (what == What::pass) return next(fd, pieces, count);
  const iovec part{pieces[0].iov_base, half(pieces[0].iov_len)};
  return next(fd, &part, 1);
}

int fdatasync(int fd) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return decide("sync", path_of(fd)) == What::fail ? -1 : next(fd);
}

int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  return decide("sync", path_of(fd)) == What::fail ? -1 : next(fd);
}

int close(int fd) {
  static const auto next = real<int (*)(int)>("close");
  const What what = decide("close", path_of(fd));
  const int error = errno;
  const int closed = next(fd);
  if (what != What::fail) return closed;
  errno = error;
  return -1;
}

int ftruncate64(int fd, off64_t size) {
  static const auto next = real<int (*)(int, off64_t)>("ftruncate64");
  return decide("truncate", path_of(fd)) == What::fail ? -1 : next(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  return decide("rename", to) == What::fail ? -1 : next(from, to);
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
  static const auto next = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return decide("rename", to) == What::fail ? -1 : next(from_directory, from, to_directory, to, flags);
}

int open64(const char* path, int flags, ...) {
  static const auto next = real<int (*)(const char*, int, ...)>("open64");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return decide("open", path) == What::fail ? -1 : next(path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open64(path, flags, mode);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
  static const auto next = real<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return decide("thread", "") == What::fail ? EAGAIN : next(thread, attributes, start, argument);
}

}  // extern "C"
