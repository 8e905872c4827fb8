// JSON as this program writes it: objects and arrays with two-space indents or all on one line, strings escaped.
#pragma once

#include <visionshard/tokens.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace visionshard {

/// compact: one line without spaces, for lines that other programs read.
enum class JsonLayout : std::uint8_t { indented, one_line, compact };

class JsonWriter {
 public:
  explicit JsonWriter(JsonLayout layout = JsonLayout::indented) : layout_(layout) {}

  JsonWriter& begin_object(std::string_view key = {});
  JsonWriter& end_object();
  JsonWriter& begin_array(std::string_view key = {});
  JsonWriter& end_array();
  JsonWriter& field(std::string_view key, std::string_view text);
  JsonWriter& field(std::string_view key, const char* text) { return field(key, std::string_view(text)); }
  JsonWriter& field(std::string_view key, std::uint64_t number);
  JsonWriter& field(std::string_view key, double number);
  JsonWriter& field(std::string_view key, bool value);
  /// null where `number` is no_limit.
  JsonWriter& limit(std::string_view key, std::uint64_t number);

  /// The text since the last call, which can end anywhere: a document may be longer than memory.
  std::string take_written() { return std::exchange(out_, {}); }
  /// The rest of the text, with a newline after it.
  std::string take();

 private:
  void start(std::string_view key);
  void break_line();
  JsonWriter& raw(std::string_view key, std::string_view text);

  JsonLayout layout_;
  std::string out_;
  unsigned depth_ = 0;
  bool first_ = true;
};

/// An object of the counts by model.
void write_tokens(JsonWriter& json, std::string_view key, const ImageTokens& tokens);

}  // namespace visionshard
