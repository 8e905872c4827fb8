#include "example/example_walker.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "example/hidden_image.h"

namespace visionshard::example {
namespace {

Role role_of(const JsonString& value) {
  if (value.is("user")) return Role::user;
  if (value.is("assistant")) return Role::assistant;
  if (value.is("system")) return Role::system;
  if (value.is("developer")) return Role::developer;
  if (value.is("tool")) return Role::tool;
  if (value.is("function")) return Role::function;
  return Role::unknown;
}

// By value: 1, 1.0 and 10e-1 are the same number. Nobody writes a weight in more than 30 characters.
Weight weight_of(std::string_view token) {
  if (token.size() > 30) return Weight::other;
  const double value = std::strtod(std::string(token).c_str(), nullptr);
  return value == 0.0 ? Weight::zero : value == 1.0 ? Weight::one : Weight::other;
}

}  // namespace

void ExampleWalker::note_tool_fault(ToolPlace place, Shape shape, std::uint32_t at, std::uint32_t call) {
  const auto message = static_cast<std::uint32_t>(spans_.messages.size() - 1);
  if (spans_.tool_faults.size() < max_tool_faults) spans_.tool_faults.push_back({place, shape, at, message, call});
}

// A called function: an object whose "arguments", if present, is a string.
bool ExampleWalker::walk_function(std::uint32_t call, unsigned depth, ToolPlace place, ToolPlace arguments_place) {
  const std::uint32_t begin = at();
  Shape shape;
  Range range;
  if (peek() != '{') {
    if (!walk_any(shape, range, depth)) return false;
    // Serializers write null for a missing function_call.
    if (place != ToolPlace::function_call || shape != Shape::null) note_tool_fault(place, shape, begin, call);
    return true;
  }
  return each_field(depth, [&](const JsonString& name) {
    if (!name.is("arguments")) return walk_rest(depth + 1);
    if (!walk_any(shape, range, depth + 1)) return false;
    if (shape != Shape::string) note_tool_fault(arguments_place, shape, range.begin, call);
    return true;
  });
}

bool ExampleWalker::walk_tool_calls() {
  const std::uint32_t begin = at();
  Shape shape;
  Range range;
  if (peek() != '[') {
    if (!walk_any(shape, range, 3)) return false;
    if (shape != Shape::null) note_tool_fault(ToolPlace::tool_calls, shape, begin, 0);
    return true;
  }
  std::uint32_t call = 0;
  return each_element(3, [&] {
    const std::uint32_t index = call++, call_begin = at();
    if (peek() != '{') {
      if (!walk_any(shape, range, 4)) return false;
      note_tool_fault(ToolPlace::call, shape, call_begin, index);
      return true;
    }
    return each_field(4, [&](const JsonString& name) {
      return name.is("function") ? walk_function(index, 5, ToolPlace::function, ToolPlace::arguments) : walk_rest(5);
    });
  });
}

bool ExampleWalker::walk_message(std::uint32_t index) {
  if (is_full(spans_.messages.size() + spans_.parts.size())) return walk_rest(2);
  Message& message = spans_.messages.emplace_back();  // in its place, as parts are
  message.index = index;
  message.parts_begin = static_cast<std::uint32_t>(spans_.parts.size());
  message.range.begin = at();
  if (peek() != '{') {
    Shape shape;
    if (!walk_any(shape, message.range, 2)) return false;
  } else {
    message.is_object = true;
    const bool walked = each_field(2, [&](const JsonString& name) {
      Shape shape = Shape::missing;
      Range range;
      if (name.is("role")) {
        if (message.role != Role::missing) message.duplicate_at = std::min(message.duplicate_at, offset(name.text));
        if (!walk_any(shape, range, 3)) return false;
        message.role_range = range;
        message.role = shape == Shape::string ? role_of(string_in(range)) : Role::unknown;
        return true;
      }
      if (name.is("content")) {
        if (message.content != Shape::missing) message.duplicate_at = std::min(message.duplicate_at, offset(name.text));
        return walk_content(message);
      }
      ++message.other_keys;
      if (name.is("tool_calls")) {
        message.calls |= peek() != 'n' && !begins_empty_array();
        return walk_tool_calls();
      }
      if (name.is("function_call")) {
        message.calls |= peek() != 'n';
        return walk_function(0, 3, ToolPlace::function_call, ToolPlace::function_call_arguments);
      }
      if (!walk_any(shape, range, 3)) return false;
      if (name.is("weight")) {
        const std::string_view token = range.of(line());
        message.weight_at = range.begin;
        message.weight = shape == Shape::number ? weight_of(token) : Weight::other;
        message.weight_is_integer = token.find_first_of(".eE") == std::string_view::npos;
      } else if (name.is("tool_call_id")) {
        message.tool_call_id_at = range.begin;
        message.tool_call_id = shape;
      }
      return true;
    });
    if (!walked) return false;
    message.range.end = container_end();
  }
  message.parts_end = static_cast<std::uint32_t>(spans_.parts.size());
  return true;
}

bool ExampleWalker::walk_messages() {
  if (peek() != '[') return walk_any(spans_.messages_shape, spans_.messages_range, 1);
  spans_.messages_range.begin = at();
  spans_.messages_shape = Shape::array;
  std::uint32_t index = 0;
  if (!each_element(1, [&] { return walk_message(index++); })) return false;
  spans_.messages_range.end = container_end();
  return true;
}

bool ExampleWalker::walk_root_fields() {
  return each_field(0, [&](const JsonString& name) {
    Field field;
    field.range.begin = offset(name.text) - 1;
    field.key_end = offset(name.text) + static_cast<std::uint32_t>(name.text.size()) + 1;
    const auto add_field = [&](bool known, std::uint32_t end) {
      field.known = known;
      field.range.end = end;
      spans_.fields.push_back(field);
    };
    if (name.is("messages")) {
      if (seen_messages_) spans_.duplicate_messages_at = offset(name.text);
      seen_messages_ = true;
      if (!walk_messages()) return false;
      add_field(true, spans_.messages_range.end);
      return true;
    }
    Shape shape = Shape::missing;
    Range range;
    if (!walk_any(shape, range, 1)) return false;
    const bool is_tools = name.is("tools"), is_weight = name.is("weight");
    add_field(is_tools || is_weight, range.end);
    if (is_tools) {
      spans_.tools = shape;
      spans_.tools_at = range.begin;
    }
    if (is_weight) {
      spans_.weight = shape;
      spans_.weight_at = range.begin;
    }
    const bool holds_any = shape == Shape::array || shape == Shape::string ? range.size() > 2 : shape == Shape::object;
    if (holds_any && (name.is("images") || name.is("image"))) images_at_ = std::min(images_at_, field.range.begin);
    if (name.is("source")) spans_.has_source = shape == Shape::object;
    if (name.is("reason")) spans_.has_reason = shape == Shape::string;
    if (shape == Shape::string && name.is("raw")) spans_.raw = range;
    if (shape == Shape::string && name.is("raw_base64")) spans_.raw_base64 = range;
    return true;
  });
}

// Images listed beside the messages are hidden, unless the messages contain them as parts as well.
void ExampleWalker::look_for_marks() {
  bool has_image = false, has_mark = false;
  for (const Part& part : spans_.parts) {
    has_image |= part.is_image();
    has_mark |= part.type == PartType::text && has_image_mark(part.range.of(line()));
  }
  for (const Message& message : spans_.messages)
    has_mark |= message.content == Shape::string && has_image_mark(message.content_range.of(line()));
  if (has_mark || (!has_image && spans_.messages_shape == Shape::array))
    note_hidden(HiddenImage::images_key, images_at_);
}

bool ExampleWalker::walk_root() {
  Range range;
  const bool is_object = peek() == '{';
  root_shape_ = Shape::object;
  if (is_object ? !walk_root_fields() : !walk_any(root_shape_, range, 0)) return false;
  if (!is_at_end()) return false;
  if (images_at_ != nowhere) look_for_marks();
  spans_.lone_surrogate_at = lone_surrogate_at();
  return true;
}

}  // namespace visionshard::example
