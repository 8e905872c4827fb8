#include "example/preference_rules.h"

#include <fmt/format.h>

#include "example/places.h"

namespace visionshard::example {
namespace {

void find_input_faults(const ExampleSpans& spans, const Limits& limits, Findings& findings) {
  const auto bad = [&](const char* pointer, auto&& detail) {
    findings.add(spans.input_at == nowhere ? 0 : spans.input_at, FaultCode::bad_messages, pointer, detail);
  };
  if (spans.input != Shape::object)
    return bad(spans.input == Shape::missing ? "" : "/input",
               [&] { return fmt::format("input is {}; it must be an object with messages", shape_name(spans.input)); });
  const Message* last = nullptr;
  for (const Message& message : spans.messages)
    if (message.branch == Branch::input) last = &message;
  if (spans.input_messages.shape != Shape::array || last == nullptr)
    return bad("/input/messages", [&] {
      return fmt::format(
          "messages of input is {}; it must be a non-empty array",
          spans.input_messages.shape == Shape::array ? "an empty array" : shape_name(spans.input_messages.shape));
    });
  if (limits.prompt_not_by_assistant && last->role == Role::assistant)
    findings.add(
        last->range.begin, FaultCode::bad_messages, [&] { return message_pointer(*last); },
        "the input ends with an assistant's message; the provider wants a prompt before the outputs");
}

void find_output_faults(const ExampleSpans& spans, Branch branch, const Limits& limits, Findings& findings) {
  const ListSpan& output = spans.outputs[branch == Branch::preferred ? 0 : 1];
  const std::string_view pointer = branch_pointer(branch), name = pointer.substr(1);
  std::size_t messages = 0, assistants = 0;
  for (const Message& message : spans.messages) {
    if (message.branch != branch) continue;
    ++messages;
    assistants += message.role == Role::assistant;
    const bool may_answer =
        message.role == Role::assistant || (!limits.one_output_message && message.role == Role::tool);
    if (message.is_object && message.role != Role::missing && message.role != Role::unknown && !may_answer)
      findings.add(
          message.role_range.begin, FaultCode::bad_role, [&] { return message_pointer(message) + "/role"; },
          [&] { return fmt::format("a message of {} is not an assistant's", name); });
    if (limits.string_outputs && message.content == Shape::array)
      findings.add(
          message.content_range.begin, FaultCode::bad_content, [&] { return message_pointer(message) + "/content"; },
          [&] { return fmt::format("the content of {} is a list; the provider takes a string there", name); });
  }
  const bool is_good = limits.one_output_message ? messages == 1 : assistants > 0;
  if (output.shape == Shape::array && is_good) return;
  // A role that is refused above says more.
  if (output.shape == Shape::array && messages == 1) return;
  findings.add(
      output.shape == Shape::missing ? 0 : output.range.begin, FaultCode::bad_messages,
      [&] { return output.shape == Shape::missing ? std::string() : std::string(pointer); },
      [&] {
        if (output.shape != Shape::array)
          return fmt::format("{} is {}; it must be an array with one assistant message", name,
                             shape_name(output.shape));
        return fmt::format("{} has {} messages; {}", name, messages,
                           limits.one_output_message ? "it must have exactly one, of an assistant"
                                                     : "at least one must be an assistant's");
      });
}

}  // namespace

void find_preference_faults(const ExampleSpans& spans, const Limits& limits, Findings& findings) {
  if (spans.duplicate_branch_at != nowhere)
    findings.add(spans.duplicate_branch_at, FaultCode::duplicate_key, "",
                 "a key of a preference example stands twice; parsers disagree which one counts");
  find_input_faults(spans, limits, findings);
  find_output_faults(spans, Branch::preferred, limits, findings);
  find_output_faults(spans, Branch::non_preferred, limits, findings);
}

}  // namespace visionshard::example
