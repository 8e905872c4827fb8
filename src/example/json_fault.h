// Where a text stops being JSON, as a reader from left to right finds it. Slower than the parser, and only for lines
// that it refused: its tokens come in another order than a reader's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace visionshard::example {

struct JsonFault {
  std::size_t at;    // byte
  std::string what;  // "lacks a colon after a key"
};

/// The first byte of `text` that does not fit RFC 8259, containers nested at most `depth_limit` deep; the opening quote
/// of a string without an end. Nothing where there is none. Takes no note of UTF-8. Linear time, a bit of memory for
/// each open container.
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t depth_limit);

/// The first byte of `text` that is not part of UTF-8 (RFC 3629, section 4); npos where there is none.
std::size_t find_utf8_fault(std::string_view text) noexcept;

}  // namespace visionshard::example
