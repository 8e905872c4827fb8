// Finds the first byte at which a text is not JSON, reading from left to right. Slower than the parser, and used only
// for lines that the parser refused, since it does not find faults in reading order.
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

/// Returns the first byte of `text` that violates RFC 8259 or nests containers deeper than `depth_limit`; for a string
/// without an end, its opening quote; nothing if `text` is JSON. Does not check UTF-8. Linear time, one bit of memory
/// for each open container.
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t depth_limit);

/// The first byte of `text` that is not part of UTF-8 (RFC 3629, section 4); npos where there is none.
std::size_t find_utf8_fault(std::string_view text) noexcept;

}  // namespace visionshard::example
