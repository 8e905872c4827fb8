// URLs for logs and messages.
#pragma once

#include <string>
#include <string_view>

namespace visionshard {

/// The URL without user and password, without its fragment, and with "?..." in place of its query: each can be a
/// secret. Also of what was meant as a URL and lacks its scheme or a slash.
std::string printable_url(std::string_view url);

}  // namespace visionshard
