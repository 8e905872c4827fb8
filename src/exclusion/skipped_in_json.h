// The line numbers in a message that is JSON.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "exclusion/skipped_lines.h"

namespace visionshard::exclusion {

/// Of a JSON text or JSON Lines: the numbers of keys such as "line", "lines" and "skipped_lines", or else "row",
/// "index" and the like, with "file" and "reason" of the same object or one around it; and those that other strings
/// name, read by `read_text`. Where there are none, the numbers in arrays. Nothing where `text` is not JSON. Throws
/// std::bad_alloc.
std::optional<std::vector<SkippedLine>> skipped_in_json(std::string_view text,
                                                        std::vector<SkippedLine> (*read_text)(std::string_view));

}  // namespace visionshard::exclusion
