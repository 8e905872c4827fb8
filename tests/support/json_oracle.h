// RFC 8259 and table 3-7 of the Unicode standard, one production a function: slow and obvious, and independent of
// the code under test.
#pragma once

#include <algorithm>
#include <string_view>

namespace visionshard::test {

/// The well-formed byte sequences of Unicode 15, table 3-7.
inline bool utf8_valid(std::string_view text) {
  struct Row {
    unsigned first_low, first_high, second_low, second_high, length;
  };
  constexpr Row table[] = {{0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                           {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                           {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  for (std::size_t i = 0; i < text.size();) {
    const Row* const row = std::find_if(std::begin(table), std::end(table),
                                        [&](const Row& r) { return at(i) >= r.first_low && at(i) <= r.first_high; });
    if (row == std::end(table) || i + row->length > text.size()) return false;
    if (row->length > 1 && (at(i + 1) < row->second_low || at(i + 1) > row->second_high)) return false;
    for (std::size_t k = 2; k < row->length; ++k)
      if (at(i + k) < 0x80 || at(i + k) > 0xBF) return false;
    i += row->length;
  }
  return true;
}

class JsonOracle {
 public:
  explicit JsonOracle(std::string_view text) : text_(text) {}

  /// Whether the whole text is one JSON text.
  bool valid() {
    spaces();
    if (!value()) return false;
    spaces();
    return at_ == text_.size();
  }
  /// Of a valid text: what it is, by its first character.
  static bool is_object(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void spaces() {
    while (take(' ') || take('\t') || take('\n') || take('\r')) {
    }
  }
  bool digits() {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > from;
  }
  bool value() {
    switch (peek()) {
      case '{': return object();
      case '[': return array();
      case '"': return string();
      case 't': return take(std::string_view("true"));
      case 'f': return take(std::string_view("false"));
      case 'n': return take(std::string_view("null"));
      default: return number();
    }
  }
  bool object() {
    take('{');
    spaces();
    if (take('}')) return true;
    do {
      spaces();
      if (peek() != '"' || !string()) return false;
      spaces();
      if (!take(':')) return false;
      spaces();
      if (!value()) return false;
      spaces();
    } while (take(','));
    return take('}');
  }
  bool array() {
    take('[');
    spaces();
    if (take(']')) return true;
    do {
      spaces();
      if (!value()) return false;
      spaces();
    } while (take(','));
    return take(']');
  }
  bool string() {
    take('"');
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      if (take('u')) {
        for (int i = 0; i < 4; ++i, ++at_)
          if (at_ >= text_.size() || std::string_view("0123456789abcdefABCDEF").find(text_[at_]) == text_.npos)
            return false;
      } else if (at_ >= text_.size() || std::string_view("\"\\/bfnrt").find(text_[at_++]) == text_.npos) {
        return false;
      }
    }
    return false;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline bool json_valid(std::string_view text) { return JsonOracle(text).valid(); }

}  // namespace visionshard::test
