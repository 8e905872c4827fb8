// An estimate of the tokens that the text of an example takes.
#pragma once

#include <cstdint>
#include <string_view>

#include "example/example_spans.h"

namespace visionshard::example {

/// A token for every four bytes of UTF-8 in the contents, tool calls and tools, and four for each message. Languages
/// in Latin script take about that; others and program text can take half or twice as many.
std::uint64_t estimate_text_tokens(std::string_view line, const ExampleSpans& spans) noexcept;

}  // namespace visionshard::example
