#include "example/places.h"

#include <fmt/format.h>

#include "base/json_text.h"

namespace visionshard::example {

std::string pointer_at(std::string_view line, const ExampleSpans& spans, std::uint32_t at) {
  const auto holds = [&](const Range& range) { return range.begin <= at && at < range.end; };
  for (std::uint32_t m = 0; m < spans.messages.size(); ++m) {
    const Message& message = spans.messages[m];
    if (!holds(message.range)) continue;
    for (std::uint32_t p = message.parts_begin; p < message.parts_end; ++p)
      if (holds(spans.parts[p].range)) return part_pointer(spans, {m, p});
    return message_pointer(message) + (holds(message.content_range) ? "/content" : "");
  }
  for (const Field& field : spans.fields)
    if (holds(field.range)) return field_pointer(line, field);
  return "";
}

std::string field_pointer(std::string_view line, const Field& field) {
  const std::string_view key = line.substr(field.range.begin + 1, field.key_end - field.range.begin - 2);
  return key.size() <= json::excerpt_characters ? fmt::format("/{}", json::pointer_token(json::unescape(key))) : "";
}

std::string message_pointer(const Message& message) {
  return fmt::format("{}/{}", branch_pointer(message.branch), message.index);
}

std::string part_pointer(const ExampleSpans& spans, ImageRef ref) {
  return fmt::format("{}/content/{}", message_pointer(spans.messages[ref.message]), spans.parts[ref.part].index);
}

std::string value_excerpt(std::string_view line, std::uint32_t at, std::uint32_t end) {
  std::string_view token = line.substr(at, end - at);
  if (token.starts_with('[') || token.starts_with('{')) return token[0] == '[' ? "an array" : "an object";
  const bool is_string = token.starts_with('"');
  std::size_t length = 0;
  for (bool escaped = false; length < token.size(); ++length) {
    const char c = token[length];
    if (is_string ? length > 0 && c == '"' && !escaped : c == ',' || c == '}' || c == ']') break;
    escaped = c == '\\' && !escaped;
  }
  token = token.substr(0, length + (is_string && length < token.size() ? 1 : 0));
  return json::excerpt_as_spelled(token);
}

}  // namespace visionshard::example
