// Explains what is wrong with a base64 text, and names the common mistake that causes it.
#pragma once

#include <string>
#include <string_view>

#include "base64/base64.h"

namespace visionshard::line {

/// A sentence on `decoded`, the failed result of base64::decode(encoded). Linear time.
std::string base64_fault(std::string_view encoded, const base64::Decoded& decoded);

/// Whether blanks replace characters of `encoded`: form decoding turns each '+' into a blank. Blanks at equal distances
/// are line breaks, and do not count.
bool blanks_for_plus(std::string_view encoded) noexcept;

inline constexpr std::string_view blanks_for_plus_detail =
    "blanks stand in the base64 where characters are missing: form decoding turned each '+' into a blank; "
    "percent-encode '+' as %2B before it is sent, or put '+' back";

}  // namespace visionshard::line
