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

#include "base/json_text.h"
#include "image/image_url.h"

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

namespace {

// Returns the rest of an absolute path after `root`; nothing if the path is not beneath it.
std::optional<std::string> rest_beneath(const std::string& root, const std::string& path) {
  if (root == "/") return path.substr(1);
  if (!path.starts_with(root) || (path.size() > root.size() && path[root.size()] != '/')) return std::nullopt;
  return path.substr(std::min(root.size() + 1, path.size()));
}

// RESOLVE_BENEATH is checked by the kernel at every step, so that no link and no race leads outside (openat2(2)).
FileDescriptor open_beneath(const FileDescriptor& directory, const std::string& relative) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    const long opened = ::syscall(SYS_openat2, directory.get(), relative.c_str(), &how, sizeof how);
    if (opened >= 0 || (errno != EINTR && errno != EAGAIN)) return FileDescriptor(static_cast<int>(opened));
  }
}

}  // namespace

std::optional<std::string> ImageRoot::relative_to_root(const std::string& path) const {
  if (!path.starts_with('/')) return path;
  // After a symbolic link, ".." is the parent of the link's target.
  for (const std::filesystem::path& part : std::filesystem::path(path))
    if (part == "..") return std::nullopt;
  const std::string normal = std::filesystem::path(path).lexically_normal().native();
  const auto rest = rest_beneath(given_, normal);
  return rest ? rest : rest_beneath(real_, normal);
}

FileDescriptor ImageRoot::open_file_at(const std::string& path) const {
  errno = EXDEV;
  FileDescriptor file;
  if (const auto relative = relative_to_root(path)) {
    if (relative->empty())
      errno = EISDIR;
    else
      file = open_beneath(directory_, *relative);
  }
  if (file || errno != EXDEV) return file;
  // The path leaves the root by a link with an absolute target or "..", and may enter it again.
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(std::filesystem::path(real_) / path, error);
  const auto relative = error ? std::nullopt : rest_beneath(real_, real.native());
  errno = error ? error.value() : EXDEV;
  return relative && !relative->empty() ? open_beneath(directory_, *relative) : FileDescriptor();
}

LoadResult<Bytes> ImageRoot::read(const std::string& path, std::uint64_t limit_bytes,
                                  const std::function<void(std::uint64_t bytes)>& before_read) const {
  const auto not_found = [&](const std::string& why) {
    return image_fault(FaultCode::file_not_found, fmt::format("{} cannot be read: {}", json::excerpt(path), why));
  };
  if (path.find('\0') != std::string::npos) return not_found("the path holds a NUL character");
  const FileDescriptor file = open_file_at(path);
  if (!file) {
    const int error = errno;
    if (error == EXDEV)
      return image_fault(FaultCode::outside_root,
                         fmt::format("{} lies outside --image-root {}", json::excerpt(path), given_));
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO || error == ESTALE || error == ENOSYS)
      return system_fault(path, "open", error);
    return not_found(has_windows_separators(path) ? "it is a Windows path; write slashes"
                                                  : std::generic_category().message(error));
  }
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return system_fault(path, "read", errno);
  if (!S_ISREG(status.st_mode)) return not_found("it is not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit_bytes)
    return image_fault(FaultCode::cannot_fit, fmt::format("{} has {} bytes, over the {} of --max-line-bytes",
                                                          json::excerpt(path), size, limit_bytes));
  if (before_read) before_read(size);
  Bytes bytes(size);
  auto got = read_full(file.get(), bytes.data(), size, path);
  if (!got) return tl::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

}  // namespace visionshard::image
