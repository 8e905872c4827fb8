// Image files named by path, read beneath one directory and nowhere else.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace visionshard::image {

/// A fault of the run met while working on an image: a disk that fails is no reason to reject a line.
struct RunFailure : std::exception {
  explicit RunFailure(RunFault why) : fault(std::move(why)) {}
  const char* what() const noexcept override { return fault.message.c_str(); }

  RunFault fault;
};

/// Thread-safe.
class ImageRoot {
 public:
  /// Fault: the directory cannot be opened.
  static RunResult<ImageRoot> open(const std::string& directory);

  /// The bytes of a regular file at `path`, relative to the root or absolute, that lies beneath it when all links are
  /// followed. Faults: file_not_found, outside_root, cannot_fit (over `limit_bytes`).
  /// Throws RunFailure where the system, not the path, is at fault.
  ImageResult<Bytes> read(const std::string& path, std::uint64_t limit_bytes) const;

 private:
  std::optional<std::string> relative_to_root(const std::string& path) const;
  // On failure errno tells why: EXDEV for what lies outside.
  FileDescriptor open_file_at(const std::string& path) const;

  FileDescriptor directory_;
  std::string given_;  // as typed, without trailing slashes
  std::string real_;   // absolute and free of links
};

}  // namespace visionshard::image
