// Text from a corpus or a command line as it can be shown on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace visionshard::cli {

/// `text` with "?" in place of bytes that are not UTF-8 and of characters without a look of their own (is_unseen), so
/// that a name cannot control a terminal or deceive the reader.
std::string printable(std::string_view text);

/// The first 80 characters of a value, printable, with "..." if there are more.
std::string excerpt(std::string_view text);

}  // namespace visionshard::cli
