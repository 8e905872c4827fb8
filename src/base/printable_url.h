// URLs for logs and messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace visionshard {

inline constexpr std::size_t max_printable_bytes = 2048;

/// The URL without user and password, without its fragment, and with "?..." in place of its query: each can be a
/// secret. Also of what was meant as a URL and lacks its scheme or a slash. Of one that is longer than
/// max_printable_bytes the beginning, and "..."
std::string printable_url(std::string_view url);

}  // namespace visionshard
