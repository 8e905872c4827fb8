// Text as it stands in report.html.
#pragma once

#include <string>
#include <string_view>

namespace visionshard::report {

/// Any `text` as HTML text or the inside of an attribute in double quotes: markup is escaped; what has
/// no visible form or changes how its neighbors look (control, zero-width and bidirectional characters) is spelled
/// "\u{202E}", and bytes that are not UTF-8 are U+FFFD. Cut off with an ellipsis after `max_chars` characters.
/// Thread-safe.
std::string page_text(std::string_view text, std::size_t max_chars = 2000);

}  // namespace visionshard::report
