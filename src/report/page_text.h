// Text and numbers as they stand in report.html.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace visionshard::report {

/// `text`, whatever it holds, as HTML text or the inside of an attribute in double quotes: markup is escaped; what has
/// no look of its own or changes how its neighbors look (control, zero-width and bidirectional characters) is spelled
/// "\u{202E}", and bytes that are not UTF-8 are U+FFFD. Cut off with an ellipsis after `max_chars` characters.
std::string page_text(std::string_view text, std::size_t max_chars = 2000);

/// "1,234,567".
std::string grouped(std::uint64_t number);

/// "999 bytes", "12.3 MB": powers of a thousand.
std::string byte_size(std::uint64_t bytes);

}  // namespace visionshard::report
