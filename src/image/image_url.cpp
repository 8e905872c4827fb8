#include "image/image_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "example/json_text.h"

namespace visionshard::image {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Up to the first comma, which may be spelled as an escape; npos where there is none.
std::size_t header_end(std::string_view inside, std::size_t& payload_begin) {
  const std::size_t plain = inside.find(',');
  const std::string_view before = inside.substr(0, plain);
  const std::size_t escaped = std::min(before.find("\\u002c"), before.find("\\u002C"));
  if (escaped != std::string_view::npos) {
    payload_begin = escaped + 6;
    return escaped;
  }
  payload_begin = plain + 1;
  return plain;
}

tl::unexpected<ImageFault> bad(std::string detail) { return image_fault(FaultCode::bad_url, std::move(detail)); }

ImageResult<ImageUrl> read_data_url(std::string_view inside) {
  ImageUrl url{UrlKind::data, 0, {}};
  const std::size_t end = header_end(inside, url.payload_begin);
  if (end == std::string_view::npos) return bad("the data URL has no comma before its data");
  const std::string header = lowered(example::unescape(inside.substr(0, end)));
  std::string_view rest = header;
  for (rest.remove_prefix(5); !rest.empty();) {
    const std::size_t semicolon = std::min(rest.find(';'), rest.size());
    if (trimmed(rest.substr(0, semicolon)) == "base64") return url;
    rest.remove_prefix(std::min(semicolon + 1, rest.size()));
  }
  return bad("the data URL is not base64: ';base64' is missing before the comma");
}

}  // namespace

ImageResult<ImageUrl> read_image_url(std::string_view inside) {
  for (const codec::Format format : {codec::Format::jpeg, codec::Format::png, codec::Format::webp})
    if (inside.starts_with(data_url_prefix(format)))
      return ImageUrl{UrlKind::data, data_url_prefix(format).size(), {}};
  for (const std::string_view scheme : {"https://", "http://"})
    if (inside.starts_with(scheme) && inside.size() > scheme.size()) return ImageUrl{UrlKind::web, 0, {}};
  // A scheme is short; what matters of it is within the first few characters, each spelled with six at most.
  const std::string beginning = lowered(example::unescape(example::beginning(inside, 16 * 6)));
  if (beginning.starts_with("data:")) return read_data_url(inside);
  for (const std::string_view scheme : {"https://", "http://"})
    if (beginning.starts_with(scheme)) {
      if (beginning.size() == scheme.size()) return bad("the URL names no host");
      return ImageUrl{UrlKind::web, 0, {}};
    }
  std::string text = example::unescape(example::beginning(inside, 6 * 8192));
  if (text.empty()) return bad("the URL is empty");
  if (beginning.starts_with("file://")) {
    std::string_view path = std::string_view(text).substr(7);
    if (lowered(path.substr(0, 10)) == "localhost/") path.remove_prefix(9);
    return ImageUrl{UrlKind::local, 0, percent_decoded(path)};
  }
  const std::size_t colon = text.find(':');
  const auto scheme_character = [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  if (colon != std::string::npos && colon > 1 && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), scheme_character))
    return bad(fmt::format("URLs of the scheme {}: are not taken; give http(s), a base64 data URL or a local file",
                           text.substr(0, std::min<std::size_t>(colon, 40))));
  return ImageUrl{UrlKind::local, 0, std::move(text)};
}

std::string_view data_url_prefix(codec::Format format) noexcept {
  switch (format) {
    case codec::Format::jpeg: return "data:image/jpeg;base64,";
    case codec::Format::png: return "data:image/png;base64,";
    default: return "data:image/webp;base64,";
  }
}

}  // namespace visionshard::image
