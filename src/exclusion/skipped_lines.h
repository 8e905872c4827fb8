// The line numbers in a provider's message on skipped examples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard::exclusion {

struct SkippedLine {
  std::string file;        // as the text names it; empty where it names none
  std::uint64_t line = 0;  // from 1
  std::string reason;      // the words before the numbers

  auto operator<=>(const SkippedLine&) const = default;
};

/// Of a text in any wording: numbers after "line", "lines", "row", "example", "sample" or "index" and their plurals, in
/// brackets, or after a colon up to the end of the text's line, and those alone on the lines that follow; ranges such
/// as 3-7 and "3 to 7"; and FILE:LINE alone on a line. A number before its noun ("230 examples") is a count, and
/// "1,200" after "line" one number. Of JSON first as skipped_in_json() says. In the order of the text.
std::vector<SkippedLine> skipped_lines(std::string_view text);

}  // namespace visionshard::exclusion
