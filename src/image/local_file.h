// Reads image files by path, only beneath one directory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace visionshard::image {

/// Thread-safe.
class ImageRoot {
 public:
  /// Fault: the directory cannot be opened.
  static RunResult<ImageRoot> open(const std::string& directory);

  /// Returns the bytes of the regular file at `path`, relative to the root or absolute, which must be beneath the root
  /// after all links are followed. Faults: file_not_found, outside_root, cannot_fit (over `limit_bytes`); a fault of
  /// the run if the system, not the path, is at fault. `before_read`, if set, is called with the file's size before
  /// memory is allocated for it.
  LoadResult<Bytes> read(const std::string& path, std::uint64_t limit_bytes,
                         const std::function<void(std::uint64_t bytes)>& before_read = {}) const;

 private:
  std::optional<std::string> relative_to_root(const std::string& path) const;
  // On failure errno is set: EXDEV for a path outside the root.
  FileDescriptor open_file_at(const std::string& path) const;

  FileDescriptor directory_;
  std::string given_;  // as typed, without trailing slashes
  std::string real_;   // absolute and free of links
};

}  // namespace visionshard::image
