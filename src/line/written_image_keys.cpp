#include "line/written_image_keys.h"

#include <cstring>
#include <limits>
#include <optional>

#include "base64/base64.h"
#include "image/image_url.h"
#include "line/example_keys.h"

namespace visionshard::line {

const std::vector<output::HashKey>& WrittenImageKeys::of(std::string_view line) {
  keys_.clear();
  if (line.size() > std::numeric_limits<std::uint32_t>::max() - example::line_padding) return keys_;
  padded_.resize(line.size() + example::line_padding);
  if (!line.empty()) std::memcpy(padded_.data(), line.data(), line.size());
  std::memset(padded_.data() + line.size(), 0, example::line_padding);
  spans_.clear();
  const std::string_view text(reinterpret_cast<const char*>(padded_.data()), line.size());
  if (!parser_.parse(text, spans_)) return keys_;
  for (const example::Message& message : spans_.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i)
      if (const example::Part& part = spans_.parts[i]; part.is_image() && part.url == example::Shape::string)
        add(inside(text, part.url_range));
  return keys_;
}

void WrittenImageKeys::add(std::string_view value) {
  const auto url = image::read_image_url(value);
  if (!url || url->kind == image::UrlKind::local) return;
  if (url->kind == image::UrlKind::web) {
    keys_.push_back(output::shared_key(image_digest(value, std::nullopt)));
    return;
  }
  const std::string_view encoded = value.substr(url->payload_begin, url->payload_end - url->payload_begin);
  image_.resize(base64::decode_capacity(encoded.size()));
  const base64::Decoded decoded = base64::decode(encoded, image_.data());
  if (!decoded.ok()) return;
  keys_.push_back(output::shared_key(xxh128_digest(image_.view().first(decoded.bytes))));
}

}  // namespace visionshard::line
