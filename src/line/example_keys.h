// The keys of examples for a shuffle and a split.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/payload.h"

namespace visionshard::line {

/// Of an image as it is in the input; `text` is its value without the quotes, and a web URL has no payload.
Xxh128::Digest image_digest(std::string_view text, const std::optional<Payload>& payload);

/// Of the value at a JSON pointer, as json::value_at() returns it.
output::HashKey value_key(std::string_view value);

/// Sets the keys of all written lines of the batch.
void add_keys(LineBatch& batch, const LineContext& context);

}  // namespace visionshard::line
