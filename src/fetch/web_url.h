// A web URL in the parts that a request needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace visionshard::fetching {

struct WebUrl {
  std::string request;  // what is asked for: escaped where it must be, an international host in ASCII, no fragment
  std::string scheme;   // "http" or "https"
  std::string host;     // in lower case, without brackets and without a dot at the end
  std::uint16_t port = 0;
  std::string path;  // with the query

  /// "https://example.org:443", which a robots.txt is for.
  std::string origin() const;
};

/// Servers refuse longer request lines, most of them from 8 KB on.
inline constexpr std::size_t max_url_bytes = 64 << 10;

/// Fault: why it is no http(s) URL that can be requested.
tl::expected<WebUrl, std::string> read_web_url(const std::string& text);

/// Fault: why requests cannot be sent through the proxy with this URL. It names neither user nor password.
tl::expected<void, std::string> check_proxy(const std::string& proxy);

/// What the Location of a response to `from` means.
tl::expected<WebUrl, std::string> read_redirect(const WebUrl& from, const std::string& location);

/// The same on every machine. `host` as in WebUrl.
std::uint64_t host_hash(std::string_view host);

}  // namespace visionshard::fetching
