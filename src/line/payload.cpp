#include "line/payload.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/printable_url.h"
#include "image/image_url.h"
#include "line/base64_fault.h"
#include "line/stored_image.h"

namespace visionshard::line {

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

namespace {

// Names of files can have a "#" or a "?"; but a password or a host before them is none of a file.
bool is_like_url(std::string_view path) {
  const std::size_t colon = path.find(':'), slash = path.find('/');
  const bool names_user = colon != std::string_view::npos && path.find('@', colon) != std::string_view::npos;
  const bool has_host = slash != std::string_view::npos && !path.starts_with('.') && path.find('.') < slash;
  return names_user || has_host;
}

std::string local_path_refused(std::string_view path) {
  const bool lacks_scheme = path.starts_with("//") || path.starts_with("www.");
  if (lacks_scheme)
    return fmt::format(
        "{} lacks a scheme: write https:{} before it where it is on the web; local files need --image-root",
        json::excerpt(printable_url(path)), path.starts_with("//") ? "" : "//");
  if (image::has_windows_separators(path))
    return fmt::format("{} is a Windows path; local files need --image-root, and slashes", json::excerpt(path));
  return fmt::format("{} is neither an http(s) URL nor a base64 data URL; local files need --image-root",
                     json::excerpt(is_like_url(path) ? printable_url(path) : std::string(path)));
}

}  // namespace

LoadResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer,
                                        ParseStage* stage) {
  auto url = image::read_image_url(text);
  if (!url) return tl::unexpected(url.error());
  Payload payload;
  if (url->kind == image::UrlKind::web) {
    if (stage != nullptr) stage->respelled_url = url->respelled;
    if (context.store && (context.limits.urls || context.line.urls == UrlsOption::inlined))
      return load_stored(image::web_url(text, *url), context, buffer, stage);
    if (context.limits.urls) return std::optional<Payload>();
    return image_fault(FaultCode::url_not_allowed, "the provider takes no URLs; inline the image as a data URL");
  }
  if (url->kind == image::UrlKind::local) {
    if (!context.image_root) return image_fault(FaultCode::bad_url, local_path_refused(url->path));
    auto file = context.image_root->read(url->path, context.line.max_line_bytes, [&](std::uint64_t bytes) {
      if (stage != nullptr) stage->hold(bytes, *context.large_image);
    });
    if (!file) return tl::unexpected(file.error());
    payload.file = std::move(*file);
    payload.bytes = payload.file;
    payload.origin = PayloadOrigin::local_file;
    return std::optional(std::move(payload));
  }
  payload.begin = url->payload_begin;
  const std::string_view encoded = text.substr(payload.begin, url->payload_end - payload.begin);
  const bool is_trimmed = url->payload_end < text.size();
  if (const auto known = stage != nullptr ? stage->decoded(encoded) : std::nullopt) {
    payload.bytes = *known;
    payload.status = is_trimmed ? base64::Status::tolerated : base64::Status::clean;
    return std::optional(std::move(payload));
  }
  const std::size_t capacity = base64::decode_capacity(encoded.size());
  if (capacity > buffer.capacity()) buffer = Bytes();  // so that resize() copies nothing
  buffer.resize(capacity);
  const base64::Decoded decoded = base64::decode(encoded, buffer.data());
  if (!decoded.ok()) return image_fault(FaultCode::bad_base64, base64_fault(encoded, decoded));
  payload.bytes = buffer.view().first(decoded.bytes);
  payload.status = is_trimmed ? base64::Status::tolerated : decoded.status;
  return std::optional(std::move(payload));
}

ImageResult<codec::ImageInfo> probe_payload(std::string_view text, const Payload& payload) {
  auto info = codec::probe(payload.bytes);
  if (info || payload.status == base64::Status::clean || payload.origin != PayloadOrigin::data_url) return info;
  const FaultCode code = info.error().code;
  if ((code == FaultCode::corrupt_image || code == FaultCode::unknown_format) &&
      blanks_for_plus(text.substr(payload.begin)))
    return image_fault(FaultCode::bad_base64, std::string(blanks_for_plus_detail));
  return info;
}

}  // namespace visionshard::line
