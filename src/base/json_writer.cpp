#include "base/json_writer.h"

#include <fmt/format.h>
#include <visionshard/options.h>

#include "base/json_text.h"

namespace visionshard {

void JsonWriter::break_line() {
  if (layout_ == JsonLayout::indented) fmt::format_to(std::back_inserter(out_), "\n{:{}}", "", depth_ * 2);
}

void JsonWriter::start(std::string_view key) {
  if (!first_) out_ += ',';
  if (depth_ > 0) break_line();
  first_ = false;
  if (!key.empty()) out_ += json::quoted(key) + (layout_ == JsonLayout::compact ? ":" : ": ");
}

JsonWriter& JsonWriter::raw(std::string_view key, std::string_view text) {
  start(key);
  out_ += text;
  return *this;
}

JsonWriter& JsonWriter::begin_object(std::string_view key) {
  raw(key, "{");
  ++depth_;
  first_ = true;
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  --depth_;
  if (!first_) break_line();
  out_ += '}';
  first_ = false;
  return *this;
}
JsonWriter& JsonWriter::begin_array(std::string_view key) {
  raw(key, "[");
  ++depth_;
  first_ = true;
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  --depth_;
  if (!first_) break_line();
  out_ += ']';
  first_ = false;
  return *this;
}
JsonWriter& JsonWriter::field(std::string_view key, std::string_view text) {
  return raw(key, json::quoted(json::as_utf8(text)));
}
JsonWriter& JsonWriter::field(std::string_view key, std::uint64_t number) { return raw(key, std::to_string(number)); }
JsonWriter& JsonWriter::field(std::string_view key, double number) { return raw(key, fmt::format("{:.3f}", number)); }
JsonWriter& JsonWriter::field(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
JsonWriter& JsonWriter::limit(std::string_view key, std::uint64_t number) {
  return raw(key, number == no_limit ? "null" : std::to_string(number));
}

std::string JsonWriter::take() {
  out_ += '\n';
  return take_written();
}

void write_tokens(JsonWriter& json, std::string_view key, const ImageTokens& tokens) {
  json.begin_object(key)
      .field("gpt-4o", tokens.tiles)
      .field("gpt-4.1", tokens.tiles)
      .field("gpt-4.1-mini", tokens.patches_mini)
      .field("gpt-4.1-nano", tokens.patches_nano)
      .end_object();
}

}  // namespace visionshard
