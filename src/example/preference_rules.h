// The rules for the shape of a preference example: a prompt and two outputs.
#pragma once

#include "example/example_spans.h"
#include "example/findings.h"

namespace visionshard::example {

/// Adds bad_messages, bad_role and bad_content for what the provider of `limits` refuses in a preference example.
void find_preference_faults(const ExampleSpans& spans, const Limits& limits, Findings& findings);

}  // namespace visionshard::example
