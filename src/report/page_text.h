// Text as it stands in report.html.
#pragma once

#include <string>
#include <string_view>

namespace visionshard::report {

/// `text`, whatever it holds, as HTML text or the inside of an attribute in double quotes: markup is escaped; what has
/// no look of its own or changes how its neighbors look (control, zero-width and bidirectional characters) is spelled
/// "\u{202E}", and bytes that are not UTF-8 are U+FFFD. Cut off with an ellipsis after `max_chars` characters. Pure.
std::string page_text(std::string_view text, std::size_t max_chars = 2000);

}  // namespace visionshard::report
