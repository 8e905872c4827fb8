// Recognizes files that are not JSON Lines by the beginning of their text.
#pragma once

#include <cstddef>
#include <string_view>

namespace visionshard::input {

/// How much of a file's text is examined. A finding applies to the lines that begin within it, so that the result of a
/// line depends only on the file and the line's place in it, not on how the file is cut into parts.
inline constexpr std::size_t head_bytes = 4096;

/// Returns one sentence on what a file is whose text begins with `head` (head_bytes of it, or all), and what to do;
/// empty if it may be JSON Lines. Thread-safe.
std::string_view describe_other_kind(std::string_view head) noexcept;

}  // namespace visionshard::input
