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

}  // namespace visionshard::store
