#include <visionshard/base64.h>
#include <visionshard/line_images.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "example/parse.h"
#include "example/places.h"
#include "image/image_url.h"

namespace visionshard {
namespace {

using Files = std::vector<std::vector<std::byte>>;

constexpr std::size_t max_line_bytes = std::numeric_limits<std::uint32_t>::max() - example::line_padding;

std::string pointer_to(const example::Message& message, const example::Part& part) {
  return example::message_pointer(message) + "/content/" + std::to_string(part.index);
}

// Nothing for an image by web URL.
std::variant<std::optional<std::vector<std::byte>>, Fault> decode_image(std::string_view url) {
  auto read = image::read_image_url(url);
  if (!read) return Fault{read.error().code, {}, std::move(read.error().detail)};
  switch (read->kind) {
    case image::UrlKind::web: return std::nullopt;
    case image::UrlKind::local: return Fault{FaultCode::url_not_allowed, {}, "a local path in place of a data URL"};
    case image::UrlKind::data: break;
  }
  DecodedBase64 decoded = decode_base64(url.substr(read->payload_begin, read->payload_end - read->payload_begin));
  if (decoded.ok()) return std::move(decoded.bytes);
  return Fault{FaultCode::bad_base64, {}, "character " + std::to_string(decoded.position) + " of the base64 text"};
}

}  // namespace

struct LineImageReader::Buffers {
  example::LineParser parser;
  example::ExampleSpans spans;
  Bytes padded;
};

LineImageReader::LineImageReader() : buffers_(std::make_unique<Buffers>()) {}
LineImageReader::~LineImageReader() = default;
LineImageReader::LineImageReader(LineImageReader&& other) noexcept = default;
LineImageReader& LineImageReader::operator=(LineImageReader&& other) noexcept = default;

std::variant<Files, Fault> LineImageReader::read(std::string_view line) {
  if (line.size() > max_line_bytes) return Fault{FaultCode::line_too_long, {}, std::to_string(line.size()) + " bytes"};
  auto& [parser, spans, padded] = *buffers_;
  padded.resize(line.size() + example::line_padding);
  if (!line.empty()) std::memcpy(padded.data(), line.data(), line.size());
  std::memset(padded.data() + line.size(), 0, example::line_padding);
  const std::string_view text(reinterpret_cast<const char*>(padded.data()), line.size());
  if (auto parsed = parser.parse(text, spans); !parsed) return std::move(parsed.error());
  if (spans.cut_off_at != example::nowhere)
    return Fault{FaultCode::bad_messages, "/messages",
                 "more than " + std::to_string(example::max_elements) + " elements"};
  Files files;
  for (const example::Message& message : spans.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i) {
      const example::Part& part = spans.parts[i];
      if (!part.is_image() || part.url != example::Shape::string) continue;
      auto image = decode_image(text.substr(part.url_range.begin + 1, part.url_range.size() - 2));
      if (auto* const fault = std::get_if<Fault>(&image)) {
        fault->pointer = pointer_to(message, part);
        return std::move(*fault);
      }
      if (auto& file = std::get<0>(image)) files.push_back(std::move(*file));
    }
  return files;
}

}  // namespace visionshard
