// Writes a line of JSON together with its tokens, so that it need not be searched for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "layout/json_view.h"

namespace visionshard::layout {

class ChatWriter {
 public:
  /// Appends to `text` and `tokens`. `line` is the one that values are copied from.
  ChatWriter(const ViewedLine& line, std::string& text, std::vector<std::uint32_t>& tokens)
      : line_(line), text_(text), tokens_(tokens) {}

  void open(char bracket) {
    separate();
    token(bracket);
  }
  void close(char bracket) { token(bracket); }
  /// A key that needs no escapes.
  void key(std::string_view name) {
    string(name);
    token(':');
  }
  /// A string given by its inside, as spelled in JSON.
  void string(std::string_view inside) {
    begin_string();
    text_.append(inside);
    end_string();
  }
  void begin_string() {
    separate();
    token('"');
  }
  void add_to_string(std::string_view inside) { text_.append(inside); }
  void end_string() { text_ += '"'; }
  /// A value with all its bytes.
  void copy(const Value& value);
  void copy_field(const Value& key, const Value& value) {
    copy(key);
    token(':');
    copy(value);
  }

 private:
  // A value that does not follow an opening bracket or a colon follows another one.
  void separate() {
    const char last = text_.empty() ? '{' : text_.back();
    if (last != '{' && last != '[' && last != ':') token(',');
  }
  void token(char c) {
    tokens_.push_back(static_cast<std::uint32_t>(text_.size()));
    text_ += c;
  }

  const ViewedLine& line_;
  std::string& text_;
  std::vector<std::uint32_t>& tokens_;
};

inline void ChatWriter::copy(const Value& value) {
  separate();
  const auto at = static_cast<std::uint32_t>(text_.size());
  const std::uint32_t begin = value.begin();
  for (const std::uint32_t *token = value.first_token(), *end = value.after(); token != end; ++token)
    tokens_.push_back(at + (line_.offset(token) - begin));
  text_.append(value.text());
}

}  // namespace visionshard::layout
