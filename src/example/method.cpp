#include "example/method.h"

#include <algorithm>

#include "base/json_text.h"

namespace visionshard::example {
namespace {

// "messages" and "tools" alone are reserved: FineTuneReinforcementRequestInput in OpenAI's OpenAPI description.
bool is_prompt_for_grader(const ExampleSpans& spans) noexcept {
  return spans.messages_shape == Shape::array && !spans.messages.empty() && spans.messages.back().role == Role::user &&
         spans.duplicate_messages_at == nowhere &&
         std::any_of(spans.fields.begin(), spans.fields.end(), [](const Field& f) { return !f.known; });
}

bool has_assistant(const ExampleSpans& spans) noexcept {
  return std::any_of(spans.messages.begin(), spans.messages.end(),
                     [](const Message& m) { return m.role == Role::assistant; });
}

}  // namespace

bool is_reinforcement(const ExampleSpans& spans, const Limits& limits) noexcept {
  return limits.reinforcement && is_prompt_for_grader(spans) && !has_assistant(spans);
}

std::uint8_t unusual_methods_of(const ExampleSpans& spans, const Limits& limits) noexcept {
  if (is_preference(spans)) return method::preference;
  if (spans.messages_shape != Shape::array) return 0;
  if (!limits.reinforcement || !is_prompt_for_grader(spans)) return method::supervised;
  return has_assistant(spans) ? method::supervised | method::reinforcement : method::reinforcement;
}

std::string_view method_name(std::uint8_t methods) noexcept {
  return methods & method::preference ? "preference" : methods & method::supervised ? "supervised" : "reinforcement";
}

bool has_equal_outputs(std::string_view line, const ExampleSpans& spans) {
  const Message* outputs[2] = {};
  std::size_t messages = 0;
  for (const Message& message : spans.messages) {
    if (message.branch != Branch::preferred && message.branch != Branch::non_preferred) continue;
    if (messages == 2) return false;
    outputs[messages++] = &message;
  }
  if (messages != 2 || outputs[0]->branch == outputs[1]->branch) return false;
  const Message &first = *outputs[0], &second = *outputs[1];
  if (first.range.of(line) == second.range.of(line)) return true;
  if (first.other_keys + second.other_keys > 0 || first.content != second.content) return false;
  const std::string_view one = first.content_range.of(line), other = second.content_range.of(line);
  return one == other || (second.content == Shape::string && json::unescape(one) == json::unescape(other));
}

}  // namespace visionshard::example
