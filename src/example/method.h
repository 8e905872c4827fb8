// The training method that a line is for, recognized by its keys.
#pragma once

#include <visionshard/options.h>

#include <cstdint>

#include "example/example_spans.h"

namespace visionshard::example {

/// Bits: a line can fit two methods.
namespace method {
inline constexpr std::uint8_t supervised = 1, preference = 2, reinforcement = 4,
                              any = supervised | preference | reinforcement;
}

/// A line with an output, and no "messages" beside it.
inline bool is_preference(const ExampleSpans& spans) noexcept {
  return spans.messages_shape == Shape::missing &&
         (spans.outputs[0].shape != Shape::missing || spans.outputs[1].shape != Shape::missing);
}

/// A line that only reinforcement takes: it ends with a user's message, no message is an assistant's, and it has keys
/// for a grader.
bool is_reinforcement(const ExampleSpans& spans, const Limits& limits) noexcept;

/// The methods that the line fits; none where it has no messages. A conversation that ends with the user and has other
/// keys fits two.
std::uint8_t unusual_methods_of(const ExampleSpans& spans, const Limits& limits) noexcept;
// In the header, with the usual line decided: as calls these cost 1 % of the instructions of a run over text and URLs.
inline std::uint8_t methods_of(const ExampleSpans& spans, const Limits& limits) noexcept {
  const bool answers =
      spans.messages_shape == Shape::array && !spans.messages.empty() && spans.messages.back().role != Role::user;
  return answers ? method::supervised : unusual_methods_of(spans, limits);
}

/// Of the methods that a corpus can still be for, those that a line with `line_methods` leaves; all where it fits none.
constexpr std::uint8_t narrowed(std::uint8_t methods, std::uint8_t line_methods) noexcept {
  return methods & line_methods ? methods & line_methods : methods;
}

/// "preference" and so on, for the methods of a line.
std::string_view method_name(std::uint8_t methods) noexcept;

/// Whether both outputs of a preference example say the same, so that it teaches nothing.
bool has_equal_outputs(std::string_view line, const ExampleSpans& spans);

}  // namespace visionshard::example
