#include "generate/photographs.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "base/for_each_index.h"
#include "codec/image_info.h"
#include "image/decode.h"

namespace visionshard::generate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t min_bytes = 250'000;
constexpr std::uint64_t max_photograph_pixels = 100'000'000;
constexpr std::uint32_t min_side = 64;

bool is_picture_name(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png") || name.ends_with(".webp");
}

RunResult<std::vector<std::string>> list_photographs(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> found;
  for (auto it = fs::recursive_directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error)) {
    std::error_code no_file;
    if (is_picture_name(it->path().native()) && it->is_regular_file(no_file) && it->file_size(no_file) > min_bytes &&
        !no_file)
      found.push_back(it->path().native());
  }
  if (error) return system_fault(directory, "list the directory", error.value());
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<codec::Pixels> read_photograph(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!file || error) return std::nullopt;
  Bytes bytes(size);
  const auto got = read_full(file.get(), bytes.data(), size, path);
  if (!got) return std::nullopt;
  bytes.resize(*got);
  const auto info = codec::probe(bytes);
  if (!info || info->pixels() > max_photograph_pixels || std::min(info->width, info->height) < min_side)
    return std::nullopt;
  auto shown = image::shown(bytes, *info);
  if (!shown) return std::nullopt;
  return shown->channels == 4 ? codec::without_alpha(*shown) : std::move(*shown);
}

}  // namespace

RunResult<std::vector<codec::Pixels>> read_photographs(const std::string& directory, Random& random, unsigned threads,
                                                       const std::atomic<bool>& stop) {
  auto paths = VISIONSHARD_TRY(list_photographs(directory));
  for (std::size_t i = paths.size(); i > 1; --i)
    std::swap(paths[i - 1], paths[random.below(static_cast<std::uint32_t>(i))]);
  std::vector<codec::Pixels> photographs;
  for (std::size_t at = 0; at < paths.size() && photographs.size() < max_photographs && !stop;) {
    std::vector<std::optional<codec::Pixels>> read(std::min(max_photographs - photographs.size(), paths.size() - at));
    for_each_index(read.size(), threads, stop, [&](std::size_t i) { read[i] = read_photograph(paths[at + i]); });
    at += read.size();
    for (auto& pixels : read)
      if (pixels) photographs.push_back(std::move(*pixels));
  }
  if (photographs.empty() && !stop)
    return run_fault(
        fmt::format("{}: no JPEG, PNG or WebP photograph of more than {} bytes is in it that can be decoded", directory,
                    min_bytes));
  return photographs;
}

}  // namespace visionshard::generate
