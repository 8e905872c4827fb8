#include "pipeline/payload.h"

#include <fmt/format.h>

#include "example/json_text.h"
#include "image/image_url.h"

namespace visionshard::pipeline {

Bytes data_url(codec::Format format, ByteView bytes) {
  const std::string_view prefix = image::data_url_prefix(format);
  Bytes text(prefix.size() + base64::encoded_length(bytes.size()));
  std::memcpy(text.data(), prefix.data(), prefix.size());
  base64::encode(bytes, reinterpret_cast<char*>(text.data()) + prefix.size());
  return text;
}

std::uint64_t data_url_chars(codec::Format format, std::size_t bytes) noexcept {
  return image::data_url_prefix(format).size() + base64::encoded_length(bytes);
}

ImageResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer) {
  auto url = image::read_image_url(text);
  if (!url) return tl::unexpected(url.error());
  Payload payload;
  if (url->kind == image::UrlKind::web) {
    if (context.limits.urls) return std::optional<Payload>();
    return image_fault(FaultCode::url_not_allowed, "the provider takes no URLs; inline the image as a data URL");
  }
  if (url->kind == image::UrlKind::local) {
    if (!context.image_root)
      return image_fault(FaultCode::bad_url,
                         fmt::format("'{}' is neither an http(s) URL nor a data URL; local files need --image-root",
                                     example::whole_characters(url->path, 60)));
    auto file = context.image_root->read(url->path, context.line.max_line_bytes);
    if (!file) return tl::unexpected(file.error());
    payload.file = std::move(*file);
    payload.bytes = payload.file;
    payload.local = true;
    return std::optional(std::move(payload));
  }
  payload.begin = url->payload_begin;
  const std::string_view encoded = text.substr(payload.begin);
  const std::size_t capacity = base64::decode_capacity(encoded.size());
  if (capacity > buffer.capacity()) buffer = Bytes();  // what it holds is not worth copying
  buffer.resize(capacity);
  const base64::Decoded decoded = base64::decode(encoded, buffer.data());
  const auto bad = [&](const char* what) {
    return image_fault(FaultCode::bad_base64, fmt::format("the base64 text has {} at character {} of {}", what,
                                                          decoded.position, encoded.size()));
  };
  switch (decoded.status) {
    case base64::Status::bad_character: return bad("a character outside the alphabet");
    case base64::Status::impossible_length: return bad("a length that no encoding has");
    case base64::Status::data_after_padding: return bad("data behind the padding");
    default: break;
  }
  payload.bytes = buffer.view().first(decoded.bytes);
  payload.status = decoded.status;
  return std::optional(std::move(payload));
}

}  // namespace visionshard::pipeline
