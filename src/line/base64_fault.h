// What is wrong with a text that should be base64, and which common mistake made it so.
#pragma once

#include <string>
#include <string_view>

#include "base64/base64.h"

namespace visionshard::line {

/// A sentence on `decoded`, a fault of base64::decode(encoded). Linear time.
std::string base64_fault(std::string_view encoded, const base64::Decoded& decoded);

/// Whether blanks stand in `encoded` where characters are missing: form decoding turns '+' into them. Not where they
/// break lines, at equal distances.
bool blanks_for_plus(std::string_view encoded) noexcept;

inline constexpr std::string_view blanks_for_plus_detail =
    "blanks stand in the base64 where characters are missing: form decoding turned each '+' into a blank; "
    "percent-encode "
    "'+' as %2B before it is sent, or put '+' back";

}  // namespace visionshard::line
