// The faults that the rules find in a line: the first in document order, or all.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "example/rules.h"

namespace visionshard::example {

/// Keeps the finding with the first place in the line, or all.
class Findings {
 public:
  explicit Findings(ValidationResult& validation) : validation_(validation) {}

  /// `pointer` and `detail` are texts, or functions that make one: they are called only for a finding that is kept.
  template <class Pointer, class Detail>
  void add(std::uint32_t at, FaultCode code, Pointer&& pointer, Detail&& detail) {
    std::optional<Fault>& first = validation_.fault;
    if (first && at >= at_ && !validation_.wants_all) return;
    Fault fault{code, text_of(pointer), text_of(detail)};
    if (validation_.wants_all) validation_.all.push_back({at, fault});
    if (first && at >= at_) return;
    at_ = at;
    first = std::move(fault);
  }

 private:
  template <class Text>
  static std::string text_of(Text& text) {
    if constexpr (std::is_invocable_v<Text&>)
      return text();
    else
      return text;
  }

  ValidationResult& validation_;
  std::uint32_t at_ = 0;
};

}  // namespace visionshard::example
