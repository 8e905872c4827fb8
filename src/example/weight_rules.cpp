#include "example/weight_rules.h"

#include <fmt/format.h>

#include "example/places.h"

namespace visionshard::example {

void find_weight_fault(std::string_view line, const ExampleSpans& spans, const Message& message, const Limits& limits,
                       bool drops_images, Findings& findings) {
  const auto bad = [&](auto&& detail) {
    findings.add(
        message.weight_at, FaultCode::bad_weight, [&] { return message_pointer(message) + "/weight"; }, detail);
  };
  if (message.weight == Weight::other || (limits.integer_weight && !message.weight_is_integer))
    return bad([&] {
      return fmt::format("weight is {}; it must be {}0 or 1", value_excerpt(line, message.weight_at, message.range.end),
                         limits.integer_weight ? "the integer " : "");
    });
  if (!limits.weight_on_any_role && message.role != Role::assistant)
    return bad("weight may stand on assistant messages only");
  if (limits.image_weight_zero && message.weight == Weight::one && !drops_images)
    for (std::uint32_t p = message.parts_begin; p < message.parts_end; ++p)
      if (spans.parts[p].is_image()) return bad("weight is 1 beside an image; the provider takes 0 alone there");
}

void find_example_weight_fault(const ExampleSpans& spans, Findings& findings) {
  if (spans.weight == Shape::missing || spans.weight == Shape::number) return;
  findings.add(spans.weight_at, FaultCode::bad_weight, "/weight", [&] {
    return fmt::format("the example's weight is {}; it must be a number", shape_name(spans.weight));
  });
}

}  // namespace visionshard::example
