// The rules on tool calls and what tools answer.
#pragma once

#include "example/example_spans.h"
#include "example/findings.h"

namespace visionshard::example {

/// Adds bad_tool_call for every tool_call_id, arguments, tool_calls and tools that has not the type that OpenAI's API
/// reference gives it ("Create chat completion", messages and tools).
void find_tool_faults(const ExampleSpans& spans, Findings& findings);

}  // namespace visionshard::example
