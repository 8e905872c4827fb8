// The rules for the weights of messages and of examples.
#pragma once

#include <string_view>

#include "example/example_spans.h"
#include "example/findings.h"

namespace visionshard::example {

/// Adds bad_weight for the weight of a message, which has one. `drops_images`: the message loses its images.
void find_weight_fault(std::string_view line, const ExampleSpans& spans, const Message& message, const Limits& limits,
                       bool drops_images, Findings& findings);

/// Adds bad_weight for a weight of the whole example that is no number.
void find_example_weight_fault(const ExampleSpans& spans, Findings& findings);

}  // namespace visionshard::example
