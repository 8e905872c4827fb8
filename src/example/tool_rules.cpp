#include "example/tool_rules.h"

#include <fmt/format.h>

#include "example/method.h"
#include "example/places.h"

namespace visionshard::example {
namespace {

std::string pointer_to(const ToolFault& fault) {
  std::string message = fmt::format("{}/{}", branch_pointer(fault.branch), fault.message);
  switch (fault.place) {
    case ToolPlace::tool_calls: return message + "/tool_calls";
    case ToolPlace::call: return fmt::format("{}/tool_calls/{}", message, fault.call);
    case ToolPlace::function: return fmt::format("{}/tool_calls/{}/function", message, fault.call);
    case ToolPlace::arguments: return fmt::format("{}/tool_calls/{}/function/arguments", message, fault.call);
    case ToolPlace::function_call: return message + "/function_call";
    case ToolPlace::function_call_arguments: return message + "/function_call/arguments";
  }
  return message;
}

std::string detail_of(const ToolFault& fault) {
  const char* const found = shape_name(fault.shape);
  switch (fault.place) {
    case ToolPlace::tool_calls: return fmt::format("tool_calls is {}; it must be an array", found);
    case ToolPlace::call: return fmt::format("a tool call is {}; it must be an object", found);
    case ToolPlace::function: return fmt::format("a tool call's function is {}; it must be an object", found);
    case ToolPlace::function_call: return fmt::format("function_call is {}; it must be an object", found);
    case ToolPlace::arguments:
    case ToolPlace::function_call_arguments: break;
  }
  return fmt::format("arguments is {}; it must be a string that holds JSON, such as \"{{}}\"", found);
}

}  // namespace

void find_tool_faults(const ExampleSpans& spans, Findings& findings) {
  for (const ToolFault& fault : spans.tool_faults) {
    findings.add(
        fault.at, FaultCode::bad_tool_call, [&] { return pointer_to(fault); }, [&] { return detail_of(fault); });
  }
  for (const Message& message : spans.messages) {
    if (message.role != Role::tool || message.tool_call_id == Shape::string) continue;
    const bool missing = message.tool_call_id == Shape::missing;
    findings.add(
        missing ? message.range.end : message.tool_call_id_at, FaultCode::bad_tool_call,
        [&] { return message_pointer(message) + (missing ? "" : "/tool_call_id"); },
        [&] {
          return fmt::format("tool_call_id is {}; it must be a string that names the call this message answers",
                             shape_name(message.tool_call_id));
        });
  }
  if (spans.tools != Shape::missing && spans.tools != Shape::null && spans.tools != Shape::array)
    findings.add(spans.tools_at, FaultCode::bad_tool_call, is_preference(spans) ? "/input/tools" : "/tools",
                 [&] { return fmt::format("tools is {}; it must be an array", shape_name(spans.tools)); });
}

}  // namespace visionshard::example
