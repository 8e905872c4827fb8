#include "store/url_key.h"

namespace visionshard::store {

std::string_view without_fragment(std::string_view url) noexcept { return url.substr(0, url.find('#')); }

UrlKey url_key(std::string_view url, Sha256& digest) {
  digest.update(as_bytes(without_fragment(url)));
  return digest.finish();
}

UrlKey url_key(std::string_view url) {
  Sha256 digest;
  return url_key(url, digest);
}

std::string printable_url(std::string_view url) {
  url = without_fragment(url);
  const std::size_t query = url.find('?');
  const std::string_view rest = url.substr(0, query);
  const std::size_t scheme_end = rest.find("://");
  const std::size_t host = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::string_view authority = rest.substr(host, rest.find_first_of("/\\", host) - host);
  const std::size_t user = authority.rfind('@');
  std::string out(rest.substr(0, host));
  out += rest.substr(user == std::string_view::npos ? host : host + user + 1);
  if (query != std::string_view::npos) out += "?...";
  return out;
}

}  // namespace visionshard::store
