// Files that are no JSON Lines at all, recognized by how their text begins.
#pragma once

#include <cstddef>
#include <string_view>

namespace visionshard::input {

/// How much of a file's text is looked at. What is found is said of the lines that begin within it, so that what
/// becomes of a line depends on the file and the line's place in it alone, however the file is cut.
inline constexpr std::size_t head_bytes = 4096;

/// One sentence on what a file is whose text begins with `head` (head_bytes of it, or all), and on the way out; empty
/// where it may be JSON Lines.
std::string_view what_it_is_instead(std::string_view head) noexcept;

}  // namespace visionshard::input
