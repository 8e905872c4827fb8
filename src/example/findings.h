// What the rules find in a line: the first in document order, or all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_text.h"
#include "example/rules.h"

namespace visionshard::example {

/// Keeps the finding that stands first in the line, or all; text is made only for a finding that is kept.
class Findings {
 public:
  explicit Findings(ValidationResult& validation) : validation_(validation) {}

  template <class Pointer, class Detail>
  void add(std::uint32_t at, FaultCode code, Pointer&& pointer, Detail&& detail) {
    std::optional<Fault>& first = validation_.fault;
    if (first && at >= at_ && !validation_.wants_all) return;
    Fault fault{code, pointer(), detail()};
    if (validation_.wants_all) validation_.all.push_back({at, fault});
    if (first && at >= at_) return;
    at_ = at;
    first = std::move(fault);
  }

 private:
  ValidationResult& validation_;
  std::uint32_t at_ = 0;
};

}  // namespace visionshard::example
