#include "example/example_walker.h"

#include <algorithm>
#include <charconv>

#include "example/hidden_image.h"
#include "example/image_mark.h"

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

// For names of more than 16 bytes.
bool has_name(const JsonString& string, std::string_view name) {
  return string.escaped ? json::equals(string.text, name) : string.text == name;
}

// By value: 1, 1.0 and 10e-1 are the same number. Nobody writes a weight in more than 30 characters.
Weight weight_of(std::string_view token) {
  if (token.size() > 30) return Weight::other;
  double value = -1;
  std::from_chars(token.data(), token.data() + token.size(), value);
  return value == 0.0 ? Weight::zero : value == 1.0 ? Weight::one : Weight::other;
}

}  // namespace

void ExampleWalker::note_tool_fault(ToolPlace place, Shape shape, std::uint32_t at, std::uint32_t call) {
  const Message& message = spans_.messages.back();
  if (spans_.tool_faults.size() < max_tool_faults)
    spans_.tool_faults.push_back({place, shape, at, message.branch, message.index, call});
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

bool ExampleWalker::walk_message(Branch branch, std::uint32_t index) {
  if (is_full(spans_.messages.size() + spans_.parts.size())) return walk_rest(2);
  Message& message = spans_.messages.emplace_back();  // in its place, as parts are
  message.index = index;
  message.branch = branch;
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

bool ExampleWalker::walk_messages(Branch branch, ListSpan& list) {
  if (peek() != '[') return walk_any(list.shape, list.range, 1);
  list.range.begin = at();
  list.shape = Shape::array;
  std::uint32_t index = 0;
  if (!each_element(1, [&] { return walk_message(branch, index++); })) return false;
  list.range.end = container_end();
  return true;
}

// The prompt of a preference example.
bool ExampleWalker::walk_input() {
  spans_.input_at = at();
  Range range;
  if (peek() != '{') return walk_any(spans_.input, range, 1);
  spans_.input = Shape::object;
  return each_field(1, [&](const JsonString& name) {
    if (name.is("messages")) {
      if (spans_.input_messages.shape != Shape::missing) spans_.duplicate_branch_at = offset(name.text);
      return walk_messages(Branch::input, spans_.input_messages);
    }
    Shape shape = Shape::missing;
    if (!walk_any(shape, range, 2)) return false;
    if (name.is("tools")) {
      input_tools_ = shape;
      input_tools_at_ = range.begin;
    }
    return true;
  });
}

// Keys of a preference example that stand in another are keys like any other.
void ExampleWalker::complete_branches() {
  const bool outputs = spans_.outputs[0].shape != Shape::missing || spans_.outputs[1].shape != Shape::missing;
  if (outputs && spans_.messages_shape == Shape::missing) {
    for (Field& field : spans_.fields) field.known = field.of_preference;
    spans_.tools = input_tools_;
    spans_.tools_at = input_tools_at_;
    return;
  }
  const auto is_elsewhere = [](const auto& each) { return each.branch != Branch::messages; };
  std::erase_if(spans_.messages, is_elsewhere);
  std::erase_if(spans_.tool_faults, is_elsewhere);
  spans_.input = Shape::missing;
  spans_.outputs[0] = spans_.outputs[1] = {};
  spans_.duplicate_branch_at = nowhere;
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
      ListSpan list;
      if (!walk_messages(Branch::messages, list)) return false;
      spans_.messages_shape = list.shape;
      spans_.messages_range = list.range;
      add_field(true, list.range.end);
      return true;
    }
    Shape shape = Shape::missing;
    Range range;
    const bool preferred = name.is("preferred_output"), non_preferred = has_name(name, "non_preferred_output");
    if (preferred || non_preferred || name.is("input")) {
      field.of_preference = any_branch_ = true;
      ListSpan& output = spans_.outputs[preferred ? 0 : 1];
      const bool is_input = !preferred && !non_preferred;
      if ((is_input ? spans_.input : output.shape) != Shape::missing) spans_.duplicate_branch_at = offset(name.text);
      if (is_input ? !walk_input() : !walk_messages(preferred ? Branch::preferred : Branch::non_preferred, output))
        return false;
      add_field(false, end_of_last());
      return true;
    }
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
    if (name.is("images") || name.is("image")) {
      spans_.layout_signs |= layout_sign::image_key;
      if (holds_any) images_at_ = std::min(images_at_, field.range.begin);
    }
    if (name.is("contents")) spans_.layout_signs |= layout_sign::contents;
    if (name.is("conversations")) spans_.layout_signs |= layout_sign::conversations;
    if (name.is("system") && holds_any && shape != Shape::object) spans_.layout_signs |= layout_sign::system;
    if (name.is("source")) spans_.has_source = shape == Shape::object;
    if (name.is("reason")) spans_.has_reason = shape == Shape::string;
    if (shape == Shape::string && name.is("raw")) spans_.raw = range;
    if (shape == Shape::string && name.is("raw_base64")) spans_.raw_base64 = range;
    return true;
  });
}

// Images listed beside the messages are hidden, unless the messages contain them as parts as well.
void ExampleWalker::complete_layout_signs() {
  bool has_image = false, has_mark = false;
  for (const Part& part : spans_.parts) has_image |= part.is_image();
  if (spans_.layout_signs & layout_sign::image_key) {
    bool has_string = false;
    for (const Message& message : spans_.messages) {
      if (message.content != Shape::string) continue;
      has_string = true;
      has_mark |= find_mark(string_in(message.content_range), 0).has_value();
    }
    // TRL's lines, whose contents are lists alone, list no image beside a text that contains the mark.
    if (has_string || images_at_ != nowhere)
      for (const Part& part : spans_.parts)
        if (part.type == PartType::text && part.text == Shape::string)
          has_mark |= find_mark(string_in(part.text_range), 0).has_value();
  }
  const auto add = [&](bool applies, std::uint16_t sign) { spans_.layout_signs |= applies ? sign : 0; };
  add(spans_.messages_shape == Shape::array, layout_sign::messages);
  add(images_at_ != nowhere, layout_sign::images);
  add(has_mark, layout_sign::mark);
  add(has_image, layout_sign::chat_image);
  if (images_at_ == nowhere) return;
  if (has_mark || (!has_image && spans_.messages_shape == Shape::array))
    note_hidden(HiddenImage::images_key, images_at_);
}

bool ExampleWalker::walk_root() {
  Range range;
  const bool is_object = peek() == '{';
  root_shape_ = Shape::object;
  if (is_object ? !walk_root_fields() : !walk_any(root_shape_, range, 0)) return false;
  if (!is_at_end()) return false;
  if (any_branch_) complete_branches();
  if (spans_.layout_signs != 0) complete_layout_signs();
  spans_.lone_surrogate_at = lone_surrogate_at();
  return true;
}

}  // namespace visionshard::example
