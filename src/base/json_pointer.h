// One value of a JSON text, by its pointer (RFC 6901).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace visionshard::json {

/// A text that is the same for equal values: of a string its value in quotes, of others their tokens without blanks.
/// Nothing where the text has no such value, or is not JSON.
std::optional<std::string> value_at(std::string_view text, const std::string& pointer);

/// Whether `pointer` is one to a value within the whole: it begins with "/", and "~" is followed by 0 or 1.
bool is_pointer(std::string_view pointer) noexcept;

}  // namespace visionshard::json
