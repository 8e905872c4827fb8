#include "image/image_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/json_text.h"
#include "base/printable_url.h"
#include "base64/base64.h"

namespace visionshard::image {
namespace {

constexpr std::string_view white_space = " \t\n\r\f";

// White space as JSON spells it, and the blanks and marks without width that are copied along with URLs.
constexpr std::string_view blanks[] = {" ",       "\\n",     "\\r",      "\\t",          "\\f",
                                       "\\u0020", "\\u0009", "\\u000a",  "\\u000A",      "\\u000d",
                                       "\\u000D", "\\u00a0", "\\u00A0",  "\\u200b",      "\\u200B",
                                       "\\ufeff", "\\uFEFF", "\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};

bool may_be_blank(std::string_view inside) noexcept {
  return std::any_of(inside.begin(), inside.end(), [](char c) { return c == ' ' || c == '\\' || (c & 0x80) != 0; });
}

std::size_t leading_blanks(std::string_view inside) noexcept {
  if (!may_be_blank(inside.substr(0, 1))) return 0;
  std::size_t at = 0;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view blank : blanks)
      if (inside.substr(at).starts_with(blank)) {
        at += blank.size();
        found = true;
      }
  }
  return at;
}

// Returns where the blanks at the end begin. An escaped blank counts only if its backslash is not itself escaped.
std::size_t end_without_blanks(std::string_view inside) noexcept {
  const auto is_escaped = [&](std::size_t at) {
    const std::size_t last = inside.substr(0, at).find_last_not_of('\\');
    return (last == std::string_view::npos ? at : at - last - 1) % 2 == 1;
  };
  for (bool found = true;
       found && may_be_blank(inside.substr(inside.size() - std::min<std::size_t>(inside.size(), 6)));) {
    found = false;
    for (const std::string_view blank : blanks)
      if (inside.ends_with(blank) && (blank[0] != '\\' || !is_escaped(inside.size() - blank.size()))) {
        inside.remove_suffix(blank.size());
        found = true;
      }
  }
  return inside.size();
}

// As spelled; longer ones are none, and are not copied.
constexpr std::size_t longest_header = 4096;

// Returns the offset of the first comma, which may be written as an escape; npos if there is none.
std::size_t header_end(std::string_view text, std::size_t& payload_begin) {
  text = text.substr(0, longest_header);
  const std::size_t plain = text.find(',');
  const std::string_view before = text.substr(0, plain);
  const std::size_t escaped = std::min(before.find("\\u002c"), before.find("\\u002C"));
  if (escaped != std::string_view::npos) {
    payload_begin = escaped + 6;
    return escaped;
  }
  payload_begin = plain + 1;
  return plain;
}

tl::unexpected<ImageFault> bad(std::string detail) { return image_fault(FaultCode::bad_url, std::move(detail)); }

// Whether the parameters of a data URL's header, after its scheme, include base64 (RFC 2397, section 3).
bool says_base64(std::string_view header) {
  while (!header.empty()) {
    const std::size_t semicolon = std::min(header.find(';'), header.size());
    if (ascii::trimmed(header.substr(0, semicolon), white_space) == "base64") return true;
    header.remove_prefix(std::min(semicolon + 1, header.size()));
  }
  return false;
}

// A header without its scheme, as in "image/png;base64,": nothing else precedes the comma.
bool is_header_without_scheme(std::string_view header) {
  return says_base64(header) && std::all_of(header.begin(), header.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view("/;:=.+- \t").find(c) != std::string_view::npos;
         });
}

// Whether `text` is long enough to be base64 of an image, and decodes to the first bytes of an image.
bool begins_as_base64_image(std::string_view text) {
  constexpr std::size_t least = 32, looked_at = 96;
  if (text.size() < least) return false;
  std::string_view head = json::beginning(text, looked_at);
  std::byte bytes[base64::decode_capacity(looked_at)];
  // A percent escape that is cut through ends what is looked at.
  if (const std::size_t escape = head.rfind('%'); escape != std::string_view::npos && escape + 3 > head.size())
    head = head.substr(0, escape);
  for (int cut = 0; cut < 4 && !head.empty(); ++cut) {
    const base64::Decoded decoded = base64::decode(head, bytes);
    if (decoded.ok()) return codec::detect({bytes, decoded.bytes}) != codec::Format::unknown;
    if (decoded.status != base64::Status::impossible_length) return false;
    head = json::beginning(text, head.size() - 1);
  }
  return false;
}

bool is_windows_path(std::string_view path) noexcept {
  const bool drive = path.size() > 2 && ascii::lower(path[0]) >= 'a' && ascii::lower(path[0]) <= 'z' &&
                     path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  return drive || path.starts_with("\\\\");
}

tl::unexpected<ImageFault> windows_path(std::string_view text) {
  return bad(
      fmt::format("{} is a Windows path, which means nothing here; give a path beneath --image-root, with slashes",
                  json::excerpt(text)));
}

// RFC 8089; `text` begins with "file:".
ImageResult<ImageUrl> read_file_url(std::string_view text) {
  const std::string_view rest = text.substr(5);
  if (!rest.starts_with("//"))
    return bad(fmt::format("{} lacks slashes: a file's URL is written file:///PATH", json::excerpt(text)));
  std::string_view path = rest.substr(2);
  if (ascii::lower_case(path.substr(0, 10)) == "localhost/") path.remove_prefix(9);
  if (path.starts_with('/') && (is_windows_path(path.substr(1)) || (path.size() > 3 && path[2] == '|')))
    return windows_path(text);
  if (is_windows_path(path)) return windows_path(text);
  if (!path.starts_with('/'))
    return bad(fmt::format("{} names a host before the path; of this machine it is file:///PATH", json::excerpt(text)));
  return ImageUrl{UrlKind::local, 0, 0, ascii::percent_decoded(path), {}};
}

// Classifies a text that is neither a data URL nor a web URL.
ImageResult<ImageUrl> read_other(std::string_view spelled) {
  std::string text = json::unescape(json::beginning(spelled, 6 * 8192));
  const std::string small = ascii::lower_case(std::string_view(text).substr(0, 16));
  if (small.starts_with("file:")) return read_file_url(text);
  if (is_windows_path(text)) return windows_path(text);
  if (text.starts_with("b'") || text.starts_with("b\""))
    return bad(
        "the URL is Python's b'...', bytes shown as text; write .decode(\"ascii\") after the base64 before it is put "
        "into the line");
  if (small.starts_with("data%3a"))
    return bad("the data URL is percent-encoded as a whole; decode it (urllib.parse.unquote, decodeURIComponent)");
  for (const std::string_view scheme : {"http", "https"})
    if (small.starts_with(std::string(scheme) + ":"))
      return bad(fmt::format("{} lacks two slashes after the scheme: write {}://HOST/PATH",
                             json::excerpt(printable_url(text)), scheme));
  const std::size_t colon = text.find(':');
  const auto scheme_character = [](char c) {
    return (ascii::lower(c) >= 'a' && ascii::lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
  };
  if (colon != std::string::npos && colon > 1 &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), scheme_character))
    return bad(fmt::format("URLs of the scheme {}: are not taken; give http(s), a base64 data URL or a local file",
                           text.substr(0, std::min<std::size_t>(colon, 40))));
  return ImageUrl{UrlKind::local, 0, 0, std::move(text), {}};
}

// `rest` follows "https://". A backslash begins an escape, perhaps of a slash.
bool begins_with_host(std::string_view rest) noexcept {
  return !rest.empty() && std::string_view("/?#:\\").find(rest[0]) == std::string_view::npos;
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// No URL has one (RFC 3986, section 2), and readers differ: some stop at it, so that what is requested is another URL
// than the one that is named. Nothing where there is none.
std::optional<ImageFault> control_character(std::string_view spelled) {
  const std::string url = json::unescape(spelled);
  const auto found = std::find_if(url.begin(), url.end(), is_control);
  if (found == url.end()) return std::nullopt;
  return ImageFault{FaultCode::bad_url,
                    fmt::format("the URL has the control character U+{:04X}, which no server takes", *found)};
}

}  // namespace

bool begins_as_data_url(std::string_view inside) {
  constexpr std::string_view scheme = "data:";
  const std::string_view text = inside.substr(std::min(leading_blanks(inside), inside.size()));
  return ascii::lower_case(json::unescape(json::beginning(text, scheme.size() * 6))).starts_with(scheme);
}

bool is_plain_web_url(std::string_view inside) noexcept {
  // JSON has no control character but this one without a backslash.
  if (inside.find('\\') != std::string_view::npos || inside.find('\x7F') != std::string_view::npos) return false;
  for (const std::string_view scheme : {"https://", "http://"})
    if (inside.starts_with(scheme))
      return begins_with_host(inside.substr(scheme.size())) && end_without_blanks(inside) == inside.size();
  return false;
}

bool has_windows_separators(std::string_view path) noexcept {
  return path.find('\\') != std::string_view::npos && path.find('/') == std::string_view::npos;
}

ImageResult<ImageUrl> read_image_url(std::string_view inside) {
  const std::size_t end = end_without_blanks(inside);
  for (const codec::Format format : {codec::Format::jpeg, codec::Format::png, codec::Format::webp})
    if (inside.starts_with(data_url_prefix(format)))
      return ImageUrl{
          UrlKind::data, data_url_prefix(format).size(), std::max(end, data_url_prefix(format).size()), {}, {}};
  // The rest is for other spellings.
  if (is_plain_web_url(inside)) return ImageUrl{UrlKind::web, 0, 0, {}, {}};
  const std::size_t begin = std::min(leading_blanks(inside), end);
  const std::string_view text = inside.substr(begin, end - begin);
  if (text.empty()) return bad("the URL is empty");
  // A scheme has few characters, and each takes at most six bytes as an escape.
  const std::string small = ascii::lower_case(json::unescape(json::beginning(text, 16 * 6)));
  for (const std::string_view scheme : {"https", "http"}) {
    if (!small.starts_with(std::string(scheme) + "://")) continue;
    if (!begins_with_host(std::string_view(small).substr(scheme.size() + 3))) return bad("the URL names no host");
    if (auto fault = control_character(text)) return tl::unexpected(std::move(*fault));
    ImageUrl url{UrlKind::web, 0, 0, {}, {}};
    if (text.size() < inside.size()) url.respelled = text;
    return url;
  }
  std::size_t payload_begin = 0;
  const std::size_t header = header_end(text, payload_begin);
  const std::string header_text =
      ascii::lower_case(json::unescape(text.substr(0, header == std::string_view::npos ? 0 : header)));
  const ImageUrl data{UrlKind::data, begin + payload_begin, end, {}, {}};
  if (small.starts_with("data:")) {
    if (header == std::string_view::npos) return bad("the data URL has no comma before its data");
    // RFC 2397 lets a header be percent-encoded too.
    if (says_base64(ascii::percent_decoded(std::string_view(header_text).substr(5)))) return data;
    return bad("the data URL is not base64: ';base64' is missing before the comma");
  }
  if (is_header_without_scheme(header_text)) return data;
  if (begins_as_base64_image(text)) return ImageUrl{UrlKind::data, begin, end, {}, {}};
  return read_other(text);
}

std::string web_url(std::string_view inside, const ImageUrl& url) {
  return json::unescape(url.respelled.empty() ? inside : url.respelled);
}

std::string_view data_url_prefix(codec::Format format) noexcept {
  switch (format) {
    case codec::Format::jpeg: return "data:image/jpeg;base64,";
    case codec::Format::png: return "data:image/png;base64,";
    default: return "data:image/webp;base64,";
  }
}

}  // namespace visionshard::image
