#include "base/printable_url.h"

#include <algorithm>

namespace visionshard {

std::string printable_url(std::string_view url) {
  constexpr std::string_view slashes = "/\\";
  url = url.substr(0, url.find('#'));
  const std::size_t query = url.find('?');
  const std::string_view rest = url.substr(0, query);
  // After "https://", or what is there of it.
  const std::size_t first_slash = rest.find_first_of(slashes);
  const bool has_scheme = first_slash != std::string_view::npos && (first_slash == 0 || rest[first_slash - 1] == ':');
  const std::size_t host =
      has_scheme ? std::min(rest.find_first_not_of(slashes, first_slash), rest.size()) : std::size_t{0};
  const std::string_view authority = rest.substr(host, rest.find_first_of(slashes, host) - host);
  const std::size_t user = authority.rfind('@');
  // "logo@2x.png" names no user.
  const bool names_user = user != std::string_view::npos && (has_scheme || authority.find(':') < user);
  std::string out(rest.substr(0, host));
  out += rest.substr(names_user ? host + user + 1 : host);
  if (out.size() > max_printable_bytes) {
    std::size_t end = max_printable_bytes;
    while (end > 0 && (out[end] & 0xC0) == 0x80) --end;  // a character of UTF-8 is not cut
    out.resize(end);
    return out += "...";
  }
  if (query != std::string_view::npos) out += "?...";
  return out;
}

}  // namespace visionshard
