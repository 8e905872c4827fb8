#include "output/image_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/file_digest.h"
#include "base/sha256.h"
#include "base64/base64.h"

namespace visionshard::output {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view endings[] = {"jpg", "png", "webp"};

RunResult<void> make_directory(const std::string& path) {
  return ::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST ? RunResult<void>()
                                                             : system_fault(path, "create the directory", errno);
}

// Calls visit(path relative to `directory`) for each image; it returns a fault to stop.
template <class Visit>
RunResult<void> each_image(const std::string& directory, Visit&& visit) {
  std::error_code error;
  const fs::path base(directory);
  if (!fs::is_directory(base / images_name, error)) return {};
  for (auto it = fs::recursive_directory_iterator(base / images_name, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string path = it->path().lexically_relative(base).native();
    if (!is_image_path(path)) continue;
    if (auto visited = visit(path); !visited) return visited;
  }
  return error ? system_fault(directory, "list the images in", error.value()) : RunResult<void>();
}

// Of text as conversions write it, with its padding.
std::size_t decoded_bytes(std::string_view base64) noexcept {
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  return base64.size() / 4 * 3 - padding;
}

}  // namespace

std::string image_path(ByteView file, std::string_view media_type) {
  Sha256 digest;
  digest.update(file);
  const std::string name = hexadecimal(digest.finish());
  const std::string_view ending = media_type == "image/jpeg" ? "jpg" : media_type == "image/webp" ? "webp" : "png";
  return fmt::format("{}/{}/{}.{}", images_name, name.substr(0, 2), name, ending);
}

bool is_image_path(std::string_view path) {
  constexpr std::size_t digits = 64, name_begin = sizeof(images_name) + 3;
  const std::size_t dot = name_begin + digits;
  if (path.size() <= dot || path[dot] != '.' || !path.starts_with(std::string(images_name) + "/")) return false;
  const std::string_view name = path.substr(name_begin, digits);
  return path.substr(sizeof(images_name), 3) == fmt::format("{}/", name.substr(0, 2)) &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         std::ranges::find(endings, path.substr(dot + 1)) != std::end(endings);
}

RunResult<void> ImageFolder::add(const std::string& path, std::string_view base64) {
  const std::string whole = fmt::format("{}/{}", directory_, path);
  // A file that was not on the disk yet when the power failed can be there without its bytes.
  struct stat there;
  if (::stat(whole.c_str(), &there) == 0 && static_cast<std::uint64_t>(there.st_size) == decoded_bytes(base64)) {
    is_dirty_ = true;  // it can be of a run that was killed, or of another process
    return {};
  }
  Bytes file(base64::decode_capacity(base64.size()));
  const base64::Decoded decoded = base64::decode(base64, file.data());
  VISIONSHARD_TRY(make_directory(fmt::format("{}/{}", directory_, images_name)));
  VISIONSHARD_TRY(make_directory(whole.substr(0, whole.rfind('/'))));
  const std::string name = path.substr(path.rfind('/') + 1);
  VISIONSHARD_TRY(write_file_atomically(whole, as_text(file.view().first(decoded.bytes)), Durability::none,
                                        fmt::format("{}/image.{}.partial", temporary_, name)));
  is_dirty_ = true;  // not before: sync() could begin while the file has no name yet
  return {};
}

RunResult<void> ImageFolder::sync() {
  if (durability_ == Durability::none || !is_dirty_.exchange(false)) return {};
  // One call for all: syncing each of thousands of small files would take seconds.
  const FileDescriptor folder(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::syncfs(folder.get()) != 0) return system_fault(directory_, "write the images to the disk", errno);
  return {};
}

RunResult<ImageFiles> count_images(const std::string& directory) {
  ImageFiles found;
  VISIONSHARD_TRY(each_image(directory, [&](const std::string& path) -> RunResult<void> {
    std::error_code error;
    found.bytes += fs::file_size(fs::path(directory) / path, error);
    ++found.files;
    return error ? system_fault(path, "measure", error.value()) : RunResult<void>();
  }));
  return found;
}

RunResult<ImageFiles> verify_images(const std::string& directory, const KeepRunning& keep_running,
                                    const std::function<void(const std::string&, const std::string&)>& on_fault) {
  ImageFiles found;
  const auto verify = [&](const std::string& path) -> RunResult<void> {
    const std::string whole = fmt::format("{}/{}", directory, path);
    const auto digests = VISIONSHARD_TRY(file_digests(whole, DigestOption::sha256, keep_running));
    std::error_code error;
    found.bytes += fs::file_size(whole, error);
    ++found.files;
    if (path.find("/" + digests.sha256 + ".") == std::string::npos)
      on_fault(whole, fmt::format("the file's SHA-256 is {}, its name says another", digests.sha256));
    return {};
  };
  VISIONSHARD_TRY(each_image(directory, verify));
  return found;
}

RunResult<void> remove_images(const std::string& directory) {
  std::vector<std::string> paths;
  VISIONSHARD_TRY(each_image(directory, [&](const std::string& path) {
    paths.push_back(path);
    return RunResult<void>();
  }));
  std::error_code error, not_empty;
  for (const std::string& path : paths) {
    fs::remove(fs::path(directory) / path, error);
    if (error) return system_fault(path, "remove", error.value());
    fs::remove((fs::path(directory) / path).parent_path(), not_empty);
  }
  if (!paths.empty()) fs::remove(fs::path(directory) / images_name, not_empty);
  return {};
}

}  // namespace visionshard::output
