// Values of a line that the parser has found valid, by its tokens: nothing is checked again.
#pragma once

#include "base/json_text.h"
#include "example/json_walker.h"

namespace visionshard::layout {

using example::JsonString;
using example::Shape;

/// The line's text and its tokens; both must outlive the values.
struct ViewedLine {
  std::string_view text;
  example::Tokens tokens;

  std::uint32_t offset(const std::uint32_t* token) const noexcept {
    return std::min(*token - tokens.origin, static_cast<std::uint32_t>(text.size()));
  }
};

class Value {
 public:
  Value() = default;
  Value(const ViewedLine& line, const std::uint32_t* first) noexcept : line_(&line), first_(first) {}

  bool is_there() const noexcept { return line_ != nullptr; }
  const std::uint32_t* first_token() const noexcept { return first_; }
  std::uint32_t begin() const noexcept { return line_->offset(first_); }
  Shape shape() const noexcept {
    if (!is_there()) return Shape::missing;
    switch (line_->text[begin()]) {
      case '{': return Shape::object;
      case '[': return Shape::array;
      case '"': return Shape::string;
      case 't':
      case 'f': return Shape::boolean;
      case 'n': return Shape::null;
      default: return Shape::number;
    }
  }
  bool is_null() const noexcept { return !is_there() || shape() == Shape::null; }

  /// The first token after the value.
  const std::uint32_t* after() const noexcept {
    const std::uint32_t* token = first_;
    for (std::size_t depth = 0;; ++token) {
      const char c = line_->text[line_->offset(token)];
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth == 0) return token + 1;
    }
  }

  /// As it is spelled.
  std::string_view text() const noexcept {
    const std::uint32_t* const next = after();
    std::uint32_t end = line_->offset(next);
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (is_space(line_->text[end - 1])) --end;
    return line_->text.substr(begin(), end - begin());
  }
  /// A string without its quotes.
  JsonString string() const noexcept {
    const std::string_view inside = example::inside(text());
    return {inside, line_->tokens.any_escape && inside.find('\\') != std::string_view::npos};
  }
  bool is_string() const noexcept { return shape() == Shape::string; }
  template <std::size_t N>
  bool is_string(const char (&value)[N]) const {
    return is_string() && string().is(value);
  }

  /// Calls on_field(key, value) for each field of an object.
  template <class OnField>
  void each_field(OnField&& on_field) const {
    each_member('}', [&](const std::uint32_t* token) {
      const Value key(*line_, token);
      const Value value(*line_, token + 2);
      on_field(key, value);
      return value.after();
    });
  }
  template <class OnElement>
  void each_element(OnElement&& on_element) const {
    each_member(']', [&](const std::uint32_t* token) {
      const Value element(*line_, token);
      on_element(element);
      return element.after();
    });
  }

 private:
  template <class OnMember>
  void each_member(char end, OnMember&& on_member) const {
    const std::uint32_t* token = first_ + 1;
    if (line_->text[line_->offset(token)] == end) return;
    for (;; ++token) {
      token = on_member(token);
      if (line_->text[line_->offset(token)] == end) return;
    }
  }

  const ViewedLine* line_ = nullptr;
  const std::uint32_t* first_ = nullptr;
};

}  // namespace visionshard::layout
