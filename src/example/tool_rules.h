// The rules for tool calls and tool messages.
#pragma once

#include "example/example_spans.h"
#include "example/findings.h"

namespace visionshard::example {

/// Adds bad_tool_call for every tool_call_id, arguments, tool_calls and tools whose type differs from OpenAI's API
/// reference ("Create chat completion", messages and tools).
void find_tool_faults(const ExampleSpans& spans, Findings& findings);

}  // namespace visionshard::example
