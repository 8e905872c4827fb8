// The lines of one part of a shard, each with its images.
#pragma once

#include <visionshard/line_images.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace visionshard::python {

struct LineWithImages {
  std::string_view line;  // without its newline; until the next call
  std::vector<std::vector<std::byte>> images;
};

/// Part i of n has the lines whose first byte lies in the i-th of n ranges of equal length: together all lines, each
/// once. Knows nothing of Python; not thread-safe.
class ShardLines {
 public:
  /// `part` is below `of`. Throws std::system_error where the file cannot be opened or read, or is no regular file.
  ShardLines(std::string path, std::uint32_t part, std::uint32_t of);
  ~ShardLines();
  ShardLines(const ShardLines&) = delete;
  ShardLines& operator=(const ShardLines&) = delete;

  /// The next line that is not blank; nothing at the part's end. After a fault in a line the next call continues with
  /// the line after it. Throws std::system_error and std::bad_alloc.
  std::optional<std::variant<LineWithImages, Fault>> next();

  const std::string& path() const noexcept { return path_; }

 private:
  bool read_line();
  [[noreturn]] void fail() const;

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  char* line_ = nullptr;  // getdelim's
  std::size_t capacity_ = 0;
  std::size_t length_ = 0;
  std::uint64_t at_ = 0;   // of the line to be read
  std::uint64_t end_ = 0;  // lines that begin here or later belong to another part
  LineImageReader images_;
};

}  // namespace visionshard::python
