// The images inside one line of JSON Lines, as bytes: for readers of finished shards.
#pragma once

#include <visionshard/fault.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

namespace visionshard {

/// Decodes the images of one line after another and keeps its buffers between them. Not thread-safe: one for each
/// thread.
class LineImageReader {
 public:
  /// Throws std::bad_alloc.
  LineImageReader();
  ~LineImageReader();
  LineImageReader(LineImageReader&& other) noexcept;
  LineImageReader& operator=(LineImageReader&& other) noexcept;

  /// Returns the files of the images in the data URLs of `line`, which has no newline, in document order. Images by
  /// http(s) URL are left out: nothing is fetched. The image files are not decoded. Faults, with a JSON pointer where
  /// one applies: line_too_long (4 GiB), invalid_utf8, invalid_json, not_an_object, bad_messages (too many elements),
  /// bad_url, bad_base64, and url_not_allowed for a local path. Throws std::bad_alloc only.
  std::variant<std::vector<std::vector<std::byte>>, Fault> read(std::string_view line);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace visionshard
