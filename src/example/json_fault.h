// Finds where a text stops being JSON, reading from left to right. Slower than the parser, and used only for lines that
// the parser refused: the parser does not find faults in their order.
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

/// The first byte of `text` that violates RFC 8259 or nests containers deeper than `depth_limit`; for a string without
/// an end, its opening quote. Nothing where the text is valid. Does not check UTF-8. Linear time, a byte of memory for
/// each open container.
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t depth_limit);

/// The first byte of `text` that is not part of UTF-8 (RFC 3629, section 4); npos where there is none.
std::size_t find_utf8_fault(std::string_view text) noexcept;

}  // namespace visionshard::example
