// Characters that a name or a text from a corpus must not bring into a terminal or a page as they are.
#pragma once

#include <string_view>

namespace visionshard {

/// The code point of one character of valid UTF-8.
char32_t code_point(std::string_view character) noexcept;

/// Whether it has no look of its own or changes how its neighbors look: controls, zero-width and bidirectional
/// characters, fillers.
bool is_unseen(char32_t point) noexcept;

}  // namespace visionshard
