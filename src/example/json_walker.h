// The grammar of JSON, walked over tokens: every value is checked, also where nobody looks, and no scalar is read
// further than to its end. Against simdjson's On Demand, which checks only what it is asked for, a line of text and a
// URL takes half the time.
#pragma once

#include <algorithm>
#include <cstring>

#include "base/json_text.h"
#include "example/example_spans.h"
#include "example/token_finder.h"

namespace visionshard::example {

// With a length known beforehand a comparison is a load or two; the compiler makes a call of those of 5 to 7 bytes and
// of more than 8.
template <std::size_t N>
bool same(std::string_view text, const char (&name)[N]) noexcept {
  constexpr std::size_t size = N - 1, half = size > 8 ? 8 : size > 4 && size < 8 ? 4 : size;
  static_assert(size <= 16);
  return text.size() == size && std::memcmp(text.data(), name, half) == 0 &&
         std::memcmp(text.data() + size - half, name + size - half, half) == 0;
}

/// A key, or a string that is compared.
struct JsonString {
  std::string_view text;  // without its quotes
  bool escaped;

  template <std::size_t N>
  bool is(const char (&name)[N]) const {
    return escaped ? json::equals(text, name) : same(text, name);
  }
};

/// A token of a string without its quotes.
inline std::string_view inside(std::string_view token) noexcept { return token.substr(1, token.size() - 2); }

/// Base of a walk over one line. Each walk function takes one value and returns false where it is broken;
/// find_json_fault() finds where and how.
class JsonWalker {
 public:
  JsonWalker(std::string_view line, const Tokens& tokens)
      : line_(line),
        next_(tokens.first),
        origin_(tokens.origin),
        size_(static_cast<std::uint32_t>(line.size())),
        any_escape_(tokens.any_escape),
        base64_(tokens.base64) {}

  /// The first token that was not taken.
  const std::uint32_t* next() const noexcept { return next_; }

 protected:
  std::string_view line() const noexcept { return line_; }
  std::uint32_t offset(std::string_view part) const noexcept {
    return static_cast<std::uint32_t>(part.data() - line_.data());
  }
  // Of the next token; the line's length where none is left.
  std::uint32_t at() const noexcept { return std::min(*next_ - origin_, size_); }
  bool is_at_end() const noexcept { return *next_ - origin_ >= size_; }
  char peek() const noexcept { return is_at_end() ? '\0' : line_[*next_ - origin_]; }
  bool begins_empty_array() const noexcept {
    return peek() == '[' && next_[1] - origin_ < size_ && line_[next_[1] - origin_] == ']';
  }
  // The end of the container that was walked last.
  std::uint32_t container_end() const noexcept { return container_end_; }
  // The end of the value that was walked last.
  std::uint32_t end_of_last() const noexcept {
    std::uint32_t end = at();
    while (end > 0 && is_space(line_[end - 1])) --end;
    return end;
  }
  // The first escape of half a surrogate pair.
  std::uint32_t lone_surrogate_at() const noexcept { return lone_surrogate_at_; }

  JsonString string_in(Range range) const noexcept {
    const std::string_view text = inside(range.of(line_));
    return {text, any_escape_ && text.find('\\') != std::string_view::npos};
  }

  bool walk_any(Shape& shape, Range& range, unsigned depth);
  bool walk_rest(unsigned depth) {
    Shape shape;
    Range range;
    return walk_any(shape, range, depth);
  }

  // Calls on_field(key) for each field of an object; it takes the field's value.
  template <class OnField>
  bool each_field(unsigned depth, OnField&& on_field) {
    return each_member(depth, '}', [&] {
      JsonString name;
      return key(name) && on_field(name);
    });
  }
  // Calls on_element() for each element of an array; it takes the element.
  template <class OnElement>
  bool each_element(unsigned depth, OnElement&& on_element) {
    return each_member(depth, ']', on_element);
  }

 private:
  template <class OnMember>
  [[gnu::always_inline]] bool each_member(unsigned depth, char end, OnMember&& on_member) {
    if (depth > max_depth) return false;
    ++next_;
    for (bool first = true;; first = false) {
      if (first && peek() == end) break;
      if (!on_member()) return false;
      if (peek() == end) break;
      if (peek() != ',') return false;
      ++next_;
    }
    container_end_ = *next_++ - origin_ + 1;
    return true;
  }

  static bool is_space(char c) noexcept { return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r'); }

  // Takes the next token: up to the one after it, without the space between them.
  [[gnu::always_inline]] std::string_view token() {
    const std::uint32_t begin = *next_++ - origin_;
    std::uint32_t end = at();
    while (is_space(line_[end - 1])) --end;
    return {line_.data() + begin, end - begin};
  }

  [[gnu::always_inline]] bool key(JsonString& out) {
    if (peek() != '"') return false;
    const std::string_view text = token();
    if (text.size() < 2 || text.back() != '"') return false;
    out.text = inside(text);
    out.escaped = any_escape_ && out.text.find('\\') != std::string_view::npos;
    if (out.escaped && !check_escapes(out.text)) return false;
    if (peek() != ':') return false;
    ++next_;
    return true;
  }

  bool scalar(Shape& shape, Range& range);
  bool check_escapes(std::string_view text);

  std::string_view line_;
  const std::uint32_t* next_;
  std::uint32_t origin_;
  std::uint32_t size_;
  bool any_escape_;
  std::span<const Range> base64_;  // what is not known to lie before the next string
  std::uint32_t container_end_ = 0;
  std::uint32_t lone_surrogate_at_ = nowhere;
};

// In the header: as calls into another file these cost 1.8 % of the instructions of a run over text and URLs.
inline bool JsonWalker::scalar(Shape& shape, Range& range) {
  if (is_at_end()) return false;
  const std::string_view text = token();
  const std::uint32_t begin = offset(text);
  range = {begin, begin + static_cast<std::uint32_t>(text.size())};
  switch (text.front()) {
    case '"':
      shape = Shape::string;
      return text.size() >= 2 && text.back() == '"' && (!any_escape_ || check_escapes(inside(text)));
    case 't':
    case 'f': shape = Shape::boolean; return text == "true" || text == "false";
    case 'n': shape = Shape::null; return text == "null";
    case ',':
    case ':':
    case ']':
    case '}': return false;
    default: shape = Shape::number; return json::number_valid(text);
  }
}

// Whether the escapes of a string are valid. Notes those that RFC 8259 allows and that are no character.
inline bool JsonWalker::check_escapes(std::string_view text) {
  while (!base64_.empty() && base64_.front().begin < offset(text)) base64_ = base64_.subspan(1);
  if (!base64_.empty() && base64_.front().begin < offset(text) + text.size())
    text = text.substr(0, base64_.front().begin - offset(text));
  const json::Escapes found = json::read_escapes(text);
  if (found.lone_surrogate != std::string_view::npos && lone_surrogate_at_ == nowhere)
    lone_surrogate_at_ = offset(text) + static_cast<std::uint32_t>(found.lone_surrogate);
  return found.valid;
}

inline bool JsonWalker::walk_any(Shape& shape, Range& range, unsigned depth) {
  const char c = peek();
  if (c != '{' && c != '[') return scalar(shape, range);
  range.begin = at();
  shape = c == '{' ? Shape::object : Shape::array;
  const bool walked = c == '{' ? each_field(depth, [&](const JsonString&) { return walk_rest(depth + 1); })
                               : each_element(depth, [&] { return walk_rest(depth + 1); });
  range.end = container_end();
  return walked;
}

}  // namespace visionshard::example
