// Detects images inside texts, where a model is trained on their letters.
#pragma once

#include <string>
#include <string_view>

#include "example/example_spans.h"

namespace visionshard::example {

/// Detects a base64 data URL, or a list of parts written as JSON or as a Python literal, in a JSON string (without its
/// quotes, with valid escapes), however its characters are spelled. A text without either is read twice, at the speed
/// of memchr.
HiddenImage image_hidden_in(std::string_view inside);

/// "a data URL stands in a text, which models read letter by letter; ..."; for any kind but none.
std::string hidden_image_detail(HiddenImage kind);

}  // namespace visionshard::example
