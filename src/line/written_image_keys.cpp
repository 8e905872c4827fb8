#include "line/written_image_keys.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>

#include "base/file.h"
#include "base64/base64.h"
#include "image/image_url.h"
#include "line/example_keys.h"
#include "output/image_folder.h"

namespace visionshard::line {

RunResult<std::vector<output::HashKey>> WrittenImageKeys::of(std::string_view line) {
  keys_.clear();
  if (line.size() > std::numeric_limits<std::uint32_t>::max() - example::line_padding) return keys_;
  padded_.resize(line.size() + example::line_padding);
  if (!line.empty()) std::memcpy(padded_.data(), line.data(), line.size());
  std::memset(padded_.data() + line.size(), 0, example::line_padding);
  spans_.clear();
  std::string_view text(reinterpret_cast<const char*>(padded_.data()), line.size());
  if (!parser_.parse(text, spans_)) return keys_;
  if (const InputLayout layout = layout::layout_of(spans_.layout_signs); layout != InputLayout::chat) {
    auto chat = layout::to_chat(text, parser_.tokens(), layout);
    if (!chat) return keys_;
    chat_ = std::move(*chat);
    text = chat_.line();
    example::read_spans(text, chat_.found_tokens(), spans_);
  }
  for (const example::Message& message : spans_.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i)
      if (const example::Part& part = spans_.parts[i]; part.is_image() && part.url == example::Shape::string)
        VISIONSHARD_TRY(add(inside(text, part.url_range)));
  return keys_;
}

RunResult<void> WrittenImageKeys::add(std::string_view value) {
  const auto url = image::read_image_url(value);
  if (!url) return {};
  if (url->kind == image::UrlKind::local) return add_file(url->path);
  if (url->kind == image::UrlKind::web) {
    keys_.push_back(output::shared_key(image_digest(value, std::nullopt)));
    return {};
  }
  const std::string_view encoded = value.substr(url->payload_begin, url->payload_end - url->payload_begin);
  image_.resize(base64::decode_capacity(encoded.size()));
  const base64::Decoded decoded = base64::decode(encoded, image_.data());
  if (decoded.ok()) keys_.push_back(output::shared_key(xxh128_digest(image_.view().first(decoded.bytes))));
  return {};
}

RunResult<void> WrittenImageKeys::add_file(const std::string& path) {
  if (!output::is_image_path(path)) return {};
  const std::string file = (std::filesystem::path(folder_) / path).native();
  const auto bytes = VISIONSHARD_TRY(read_file(file));
  if (!bytes) return run_fault(fmt::format("{}: is not there, and a line of --keep-split names it", file));
  keys_.push_back(output::shared_key(xxh128_digest(as_bytes(*bytes))));
  return {};
}

}  // namespace visionshard::line
