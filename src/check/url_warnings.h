// What can be said of an image's URL before a provider fetches it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace visionshard::checking {

/// Of a signed URL, whose query says when it ends: a sentence with the date. Knows the signatures of S3, Google Cloud
/// Storage, CloudFront, Azure and Discord. `url` is the value, as for the next.
std::optional<std::string> signature_end(std::string_view url);

/// Of a page of a file-sharing site that shows an image instead of being one: a sentence that names the site.
std::optional<std::string> share_page(std::string_view url);

}  // namespace visionshard::checking
