// URLs as a store knows them.
#pragma once

#include <string>
#include <string_view>

#include "base/sha256.h"

namespace visionshard::store {

/// The SHA-256 of a URL.
using UrlKey = Sha256::Digest;

/// The URL without its fragment, which is never sent to a server (RFC 9110, section 4.2.5). `url` is the value, not its
/// spelling in JSON. Nothing else is normalized: where servers differ on it, two spellings are two URLs.
std::string_view without_fragment(std::string_view url) noexcept;

/// The key of without_fragment(url). Not thread-safe, as Sha256 is not.
UrlKey url_key(std::string_view url, Sha256& digest);
UrlKey url_key(std::string_view url);

}  // namespace visionshard::store
