// What the rules find in a line: the first in document order, or all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "example/json_text.h"
#include "example/rules.h"

namespace visionshard::example {

/// Keeps the finding that stands first in the line, or all; text is made only for a finding that is kept.
class Findings {
 public:
  explicit Findings(Verdict& verdict) : verdict_(verdict) {}

  template <class Pointer, class Detail>
  void add(std::uint32_t at, FaultCode code, Pointer&& pointer, Detail&& detail) {
    std::optional<Fault>& first = verdict_.fault;
    if (first && at >= at_ && !verdict_.wants_all) return;
    Fault fault{code, pointer(), detail()};
    if (verdict_.wants_all) verdict_.all.push_back({at, fault});
    if (first && at >= at_) return;
    at_ = at;
    first = std::move(fault);
  }

 private:
  Verdict& verdict_;
  std::uint32_t at_ = 0;
};

}  // namespace visionshard::example
