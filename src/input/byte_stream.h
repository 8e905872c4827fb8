// Plain, gzip or zstd bytes as one stream of text. Compression is detected from the content, not the name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file.h"

namespace visionshard::input {

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Fills up to `size` bytes, fewer only at the end of the text. A damaged or cut-off stream is a fault.
  virtual RunResult<std::size_t> read(std::byte* out, std::size_t size) = 0;

  /// Skips the next `bytes`. Fault: the stream has fewer.
  virtual RunResult<void> skip(std::uint64_t bytes);

  /// Bytes of the file itself read so far.
  virtual std::uint64_t file_bytes() const noexcept = 0;
};

/// Whether the file is neither gzip nor zstd, and so can be read from any byte.
RunResult<bool> is_plain_file(const std::string& path);

/// Opens `path`, or standard input for "-". Concatenated gzip members and zstd frames are one text.
RunResult<std::unique_ptr<ByteStream>> open_stream(const std::string& path);

}  // namespace visionshard::input
