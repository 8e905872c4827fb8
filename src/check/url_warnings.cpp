#include "check/url_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base64/base64.h"

namespace visionshard::checking {
namespace {

// RFC 3986, section 3.
struct UrlParts {
  std::string host;  // lower case, without "www.", user and port
  std::string_view path;
  std::string_view query;
};

UrlParts split(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  const std::size_t query = url.find('?');
  if (query != std::string_view::npos) parts.query = url.substr(query + 1);
  url = url.substr(0, query);
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::size_t path = std::min(url.find('/'), url.size());
  parts.path = url.substr(path);
  std::string_view host = url.substr(0, path);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
  parts.host = ascii::lower_case(host.substr(0, host.find(':')));
  if (parts.host.starts_with("www.")) parts.host.erase(0, 4);
  return parts;
}

// The value of the query's parameter of this name, decoded; nothing where there is none.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view each = query.substr(0, end);
    const std::size_t equals = std::min(each.find('='), each.size());
    if (ascii::percent_decoded(each.substr(0, equals)) == name)
      return ascii::percent_decoded(each.substr(std::min(equals + 1, each.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

// A number that `text` is, up to that of the year 9999.
std::optional<std::int64_t> number(std::string_view text, int base = 10) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && value >= 0 && value < 253'402'300'800 ? std::optional(value) : std::nullopt;
}

// Days from 1970 of the proleptic Gregorian calendar, counted in years that begin in March.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2;
  const std::int64_t era = year / 400, year_of_era = year % 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::string date_text(std::int64_t seconds) {
  const std::int64_t days = seconds / 86400 + 719468, era = days / 146097, day_of_era = days % 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153, month = shifted < 10 ? shifted + 3 : shifted - 9;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", year_of_era + era * 400 + (month <= 2), month,
                     day_of_year - (153 * shifted + 2) / 5 + 1, seconds / 3600 % 24, seconds / 60 % 60);
}

// ISO 8601 without an offset, or with Z: 20261129T120000Z, 2026-11-29T12:00:00Z, 2026-11-29T12:00Z, 2026-11-29.
std::optional<std::int64_t> date(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9')
      digits.push_back(c);
    else if (c != '-' && c != ':' && c != 'T' && c != 'Z')
      break;
  if (digits.size() < 8) return std::nullopt;
  digits.resize(14, '0');
  const auto part = [&](std::size_t at, std::size_t size) {
    return *number(std::string_view(digits).substr(at, size));
  };
  const std::int64_t month = part(4, 2), day = part(6, 2), hour = part(8, 2), minute = part(10, 2);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return std::nullopt;
  return days_from_civil(part(0, 4), month, day) * 86400 + hour * 3600 + minute * 60 + part(12, 2);
}

// CloudFront's own spelling of base64 of a JSON text.
std::optional<std::int64_t> policy_end(std::string policy) {
  for (char& c : policy) c = c == '-' ? '+' : c == '_' ? '=' : c == '~' ? '/' : c;
  std::vector<std::byte> bytes(base64::decode_capacity(policy.size()));
  const base64::Decoded decoded = base64::decode(policy, bytes.data());
  if (!decoded.ok()) return std::nullopt;
  const std::string_view text = as_text({bytes.data(), decoded.bytes});
  constexpr std::string_view key = "\"AWS:EpochTime\":";
  const std::size_t at = text.find("DateLessThan");
  const std::size_t begin = at == std::string_view::npos ? at : text.find(key, at);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(begin + key.size());
  return number(rest.substr(0, rest.find_first_not_of("0123456789")));
}

std::optional<std::int64_t> end_of_signature(const UrlParts& url) {
  const auto get = [&](std::string_view name) { return parameter(url.query, name); };
  for (const std::string_view vendor : {"Amz", "Goog"}) {
    const auto from = get(fmt::format("X-{}-Date", vendor)), seconds = get(fmt::format("X-{}-Expires", vendor));
    if (!from || !seconds) continue;
    const auto begin = date(*from), length = number(*seconds);
    if (begin && length) return *begin + *length;
  }
  if (get("Signature")) {
    if (const auto end = get("Expires")) return number(*end);
    if (const auto policy = get("Policy")) return policy_end(*policy);
  }
  if (const auto end = get("se"); end && get("sig")) return date(*end);
  if (const auto end = get("ex"); end && get("hm") && url.host.find("discord") != std::string::npos)
    return number(*end, 16);
  return std::nullopt;
}

// A host, or a domain where it begins with a dot, and what a path of a page contains; `image` is what a query has where
// the same path is the image itself.
struct SharePage {
  std::string_view host;
  std::string_view path;
  std::array<std::string_view, 2> image = {};
};

constexpr SharePage share_pages[] = {
    {"drive.google.com", "/file/"},
    {"drive.google.com", "/open"},
    {"drive.google.com", "/drive/"},
    {"docs.google.com", "/"},
    {"photos.google.com", "/"},
    {"photos.app.goo.gl", "/"},
    {"dropbox.com", "/s/", {"raw=1", "dl=1"}},
    {"dropbox.com", "/scl/", {"raw=1", "dl=1"}},
    {"1drv.ms", "/"},
    {"onedrive.live.com", "/"},
    {".sharepoint.com", "/:i:/", {"download=1"}},
    {"app.box.com", "/s/"},
    {"icloud.com", "/"},
    {"mega.nz", "/"},
    {"mediafire.com", "/"},
    {"wetransfer.com", "/"},
    {"we.tl", "/"},
    {"imgur.com", "/"},
    {"ibb.co", "/"},
    {"postimg.cc", "/"},
    {"flickr.com", "/photos/"},
    {"flic.kr", "/"},
    {"commons.wikimedia.org", "/wiki/File:"},
    {".wikipedia.org", "/wiki/File:"},
    {"github.com", "/blob/", {"raw=true", "raw=1"}},
    {"gitlab.com", "/-/blob/"},
    {"huggingface.co", "/blob/"},
    {"instagram.com", "/p/"},
    {"pinterest.com", "/pin/"},
};

// imgur.com/abc.png leads to the image.
bool has_image_extension(std::string_view path) {
  const std::string small = ascii::lower_case(path);
  constexpr std::string_view extensions[] = {".jpg", ".jpeg", ".png", ".webp", ".gif"};
  return std::any_of(std::begin(extensions), std::end(extensions),
                     [&](std::string_view extension) { return small.ends_with(extension); });
}

bool is_page(const SharePage& page, const UrlParts& url) {
  if (page.host.starts_with('.') ? !url.host.ends_with(page.host) : url.host != page.host) return false;
  if (page.path == "/" ? url.path.size() < 2 || has_image_extension(url.path)
                       : url.path.find(page.path) == std::string_view::npos)
    return false;
  return std::none_of(page.image.begin(), page.image.end(), [&](std::string_view image) {
    const std::size_t equals = image.find('=');
    return !image.empty() && parameter(url.query, image.substr(0, equals)) == image.substr(equals + 1);
  });
}

}  // namespace

std::optional<std::string> signature_end(std::string_view url) {
  const UrlParts parts = split(url);
  if (parts.query.empty()) return std::nullopt;
  const auto end = end_of_signature(parts);
  if (!end) return std::nullopt;
  return fmt::format("the URL of {} is signed until {}", parts.host, date_text(*end));
}

std::optional<std::string> share_page(std::string_view url) {
  const UrlParts parts = split(url);
  for (const SharePage& page : share_pages)
    if (is_page(page, parts))
      return fmt::format("the URL is a page of {} that shows a file; give the address of the file itself", parts.host);
  return std::nullopt;
}

}  // namespace visionshard::checking
