#include "image/local_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace visionshard::image {

RunResult<ImageRoot> ImageRoot::open(const std::string& directory) {
  ImageRoot root;
  root.directory_ = FileDescriptor(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.directory_) return system_fault(directory, "open as --image-root", errno);
  std::error_code error;
  root.given_ = std::filesystem::absolute(directory, error).lexically_normal().native();
  root.real_ = std::filesystem::canonical(directory, error).native();
  if (error) return system_fault(directory, "open as --image-root", error.value());
  while (root.given_.size() > 1 && root.given_.back() == '/') root.given_.pop_back();
  return root;
}

ImageResult<Bytes> ImageRoot::read(const std::string& path, std::uint64_t limit_bytes) const {
  const auto outside = [&] {
    return image_fault(FaultCode::outside_root, fmt::format("{} lies outside --image-root {}", path, given_));
  };
  const auto not_found = [&](const std::string& why) {
    return image_fault(FaultCode::file_not_found, fmt::format("{} cannot be read: {}", path, why));
  };
  if (path.find('\0') != std::string::npos) return not_found("the path holds a NUL character");
  std::string relative = path;
  if (path.starts_with('/')) {
    const auto beneath = [&](const std::string& root) {
      return path.starts_with(root) && (root == "/" || path.size() == root.size() || path[root.size()] == '/');
    };
    if (!beneath(given_) && !beneath(real_)) return outside();
    relative = path.substr(beneath(given_) ? given_.size() : real_.size());
    relative.erase(0, std::min(relative.find_first_not_of('/'), relative.size()));
  }
  if (relative.empty()) return not_found("it is a directory");
  // RESOLVE_BENEATH is checked by the kernel at every step, so that no link and no race leads outside (openat2(2)).
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long opened = -1;
  do {
    opened = ::syscall(SYS_openat2, directory_.get(), relative.c_str(), &how, sizeof how);
  } while (opened < 0 && (errno == EINTR || errno == EAGAIN));
  FileDescriptor file(static_cast<int>(opened));
  if (!file) {
    const int error = errno;
    if (error == EXDEV) return outside();
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO || error == ESTALE || error == ENOSYS)
      throw RunFailure{system_fault(path, "open", error).value()};
    return not_found(std::generic_category().message(error));
  }
  struct stat status;
  if (::fstat(file.get(), &status) != 0) throw RunFailure{system_fault(path, "read", errno).value()};
  if (!S_ISREG(status.st_mode)) return not_found("it is not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit_bytes)
    return image_fault(FaultCode::cannot_fit,
                       fmt::format("{} has {} bytes, over the {} of --max-line-bytes", path, size, limit_bytes));
  Bytes bytes(size);
  auto got = read_full(file.get(), bytes.data(), size, path);
  if (!got) throw RunFailure{got.error()};
  bytes.resize(*got);
  return bytes;
}

}  // namespace visionshard::image
