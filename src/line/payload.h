// Decodes or reads the image bytes that an image value refers to.
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
  std::size_t begin = 0;  // of the base64 text, in the value without quotes
  bool local = false;
  Bytes file;  // keeps the bytes of a local file
};

/// A JSON string without its quotes.
inline std::string_view inside(std::string_view line, example::Range value) {
  return line.substr(value.begin + 1, value.size() - 2);
}

/// The image's bytes, decoded into `buffer` or read from a file. `text` is the value without its quotes. A web URL has
/// no payload; `respelled_url` receives its corrected spelling where it needs one. Faults: of the image, or the system
/// fails to read a local file. Throws std::bad_alloc.
LoadResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer,
                                        std::string* respelled_url = nullptr);

/// codec::probe() of a payload that load() returned. Where the image is damaged because blanks replace characters of
/// the base64, the fault is bad_base64 and says so.
ImageResult<codec::ImageInfo> probe_payload(std::string_view text, const Payload& payload);

/// "data:image/png;base64,..." with the bytes encoded.
Bytes data_url(codec::Format format, ByteView bytes);

/// Its length for so many bytes.
std::uint64_t data_url_chars(codec::Format format, std::size_t bytes) noexcept;

}  // namespace visionshard::line
