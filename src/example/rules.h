// The rules for an example that need no image: what makes it unacceptable, and which image values must be examined.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "example/example_spans.h"

namespace visionshard::example {

struct PlacedFault {
  std::uint32_t at;  // in the line
  Fault fault;
};

struct ValidationResult {
  bool wants_all = false;         // set by the caller: fill `all` too
  std::vector<PlacedFault> all;   // sorted by place
  std::optional<Fault> fault;     // the first in document order
  std::vector<ImageRef> images;   // to be examined, in document order
  std::vector<ImageRef> dropped;  // in messages whose role may have no image, where the options drop it; same order
};

/// Applies the rules of `limits` to the spans of `line`. Pure.
void validate(std::string_view line, const ExampleSpans& spans, const Limits& limits, const LineOptions& options,
              ValidationResult& validation);

/// For the escape at byte `at`.
std::string lone_surrogate_detail(std::string_view line, std::uint32_t at);

}  // namespace visionshard::example
