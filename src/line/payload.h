// From the text of an image value to the image's bytes.
#pragma once

#include <optional>
#include <string_view>

#include "base64/base64.h"
#include "codec/image_info.h"
#include "example/example_spans.h"
#include "line/line_context.h"

namespace visionshard::line {

struct Payload {
  ByteView bytes;
  base64::Status status = base64::Status::clean;
  std::size_t begin = 0;  // of the base64 text in the value's inside
  bool local = false;
  Bytes file;  // keeps the bytes of a local file
};

/// A JSON string without its quotes.
inline std::string_view inside(std::string_view line, example::Range value) {
  return line.substr(value.begin + 1, value.size() - 2);
}

/// The image's bytes, decoded into `buffer` or read from a file; no payload for a web URL, whose better spelling is put
/// into `respelled_url` where it has one. `text` is the inside of the value. Faults: of the image, and where the system
/// fails to read a local file. Throws std::bad_alloc.
LoadResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer,
                                        std::string* respelled_url = nullptr);

/// What probe() finds in a payload that load() gave. Where it finds damage, and blanks stand where the base64 lacks
/// characters, the fault is bad_base64 and says so.
ImageResult<codec::ImageInfo> probe_payload(std::string_view text, const Payload& payload);

/// "data:image/png;base64,..." with the bytes encoded.
Bytes data_url(codec::Format format, ByteView bytes);

/// Its length for so many bytes.
std::uint64_t data_url_chars(codec::Format format, std::size_t bytes) noexcept;

}  // namespace visionshard::line
