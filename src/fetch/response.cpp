#include "fetch/response.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "fetch/curl_library.h"
#include "fetch/robots_rules.h"

namespace visionshard::fetching {
namespace {

// What is kept of a header: an ETag of more is none that a server would compare.
constexpr std::size_t max_value_bytes = 1024;
constexpr std::size_t max_location_bytes = 8192;

// RFC 9110, section 8.4.1: in any case, and "identity" means none.
void add_codings(std::string& codings, std::string_view list) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string coding = ascii::lower_case(ascii::trimmed(list.substr(begin, end - begin)));
    if (!coding.empty() && coding != "identity") codings += (codings.empty() ? "" : ", ") + coding;
    begin = end + 1;
  }
}

}  // namespace

void ResponseHeaders::take_line(std::string_view line, bool honor_opt_out) {
  if (line.starts_with("HTTP/")) {
    *this = {};
    has_length = line.starts_with("HTTP/2");  // a stream ends by a flag
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view key = line.substr(0, colon);
  const std::string_view value = ascii::trimmed(line.substr(colon + 1));
  const auto is = [&](std::string_view name) { return ascii::equal_in_any_case(key, name); };
  const auto keep = [&](std::string& out, std::size_t most = max_value_bytes) {
    if (value.size() <= most) out = value;
  };
  if (is("location"))
    keep(location, max_location_bytes);
  else if (is("retry-after"))
    keep(retry_after);
  else if (is("etag"))
    keep(etag);
  else if (is("last-modified"))
    keep(last_modified);
  else if (is("content-type"))
    keep(content_type);
  else if (is("content-encoding") && value.size() + content_encoding.size() <= max_value_bytes)
    add_codings(content_encoding, value);
  else if (is("content-length") || is("transfer-encoding"))
    has_length = true;
  else if (honor_opt_out && is("x-robots-tag"))
    forbids_use |= fetching::forbids_use(value);
  else if (honor_opt_out && is("tdm-reservation"))
    forbids_use |= reserves_mining(value);
}

std::optional<std::uint64_t> read_retry_after(const std::string& value, std::int64_t now) {
  if (value.empty()) return std::nullopt;
  std::uint64_t seconds = 0;
  const char* const end = value.data() + value.size();
  if (const auto [stop, error] = std::from_chars(value.data(), end, seconds); stop == end) {
    // A number with more digits than fit is as good as forever.
    return error == std::errc() ? seconds : UINT64_MAX;
  }
  const time_t date = curl().curl_getdate(value.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return date <= now ? 0 : static_cast<std::uint64_t>(date - now);
}

}  // namespace visionshard::fetching
