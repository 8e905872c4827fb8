#include "example/json_fault.h"

#include <fmt/format.h>

#include <vector>

#include "base/json_text.h"

namespace visionshard::example {
namespace {

class Reader {
 public:
  Reader(std::string_view text, std::size_t depth_limit) : text_(text), depth_limit_(depth_limit) {}

  // Returns false where it found a fault, which fault() returns.
  bool read() {
    do {
      if (!value()) return false;
    } while (!open_.empty());
    skip_space();
    return at_ == text_.size() || fail(at_, "goes on after its end");
  }
  JsonFault fault() && { return std::move(*fault_); }

 private:
  bool fail(std::size_t at, std::string what) {
    fault_ = JsonFault{at, std::move(what)};
    return false;
  }
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) noexcept {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skip_space() noexcept { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }

  // Reads a scalar, an empty container, or the opening of a container; then everything up to the next value or the end.
  bool value() {
    skip_space();
    const char c = peek();
    if (c == '{' || c == '[') {
      if (open_.size() > depth_limit_) return fail(at_, "is nested too deeply");
      ++at_;
      skip_space();
      if (!take(c == '{' ? '}' : ']')) {
        open_.push_back(c);
        return c == '[' || key();
      }
    } else if (c == '"' ? !string() : !scalar()) {
      return false;
    }
    while (!open_.empty()) {
      skip_space();
      const bool in_object = open_.back() == '{';
      if (take(',')) return !in_object || key();
      if (!take(in_object ? '}' : ']'))
        return fail(at_, in_object ? "lacks a comma or the end of an object" : "lacks a comma or the end of an array");
      open_.pop_back();
    }
    return true;
  }

  bool key() {
    skip_space();
    if (peek() == '\'') return fail(at_, "has a single quote where JSON has double quotes");
    if (peek() != '"') return fail(at_, "lacks a key in double quotes where one must stand");
    if (!string()) return false;
    skip_space();
    return take(':') || fail(at_, "lacks a colon after a key");
  }

  bool string() {
    const std::size_t begin = at_++;
    for (;; ++at_) {
      const auto c = static_cast<unsigned char>(peek());
      if (at_ == text_.size()) return fail(begin, "has a string without an end");
      if (c < 0x20)
        return fail(at_, fmt::format("has the control character U+{:04X} inside a string, where only an escape of it "
                                     "may stand",
                                     c));
      if (c == '"') break;
      if (c != '\\') continue;
      const std::size_t length = at_ + 1 < text_.size() && text_[at_ + 1] == 'u' ? 6 : 2;
      if (at_ + 1 == text_.size()) return fail(begin, "has a string without an end");
      if (!json::read_escapes(text_.substr(at_, length)).valid) return fail(at_, "has a bad escape in a string");
      at_ += length - 1;
    }
    ++at_;
    return true;
  }

  bool scalar() {
    for (const std::string_view literal : {"true", "false", "null"})
      if (text_.substr(at_).starts_with(literal)) {
        at_ += literal.size();
        return true;
      }
    const char c = peek();
    if (c == '\'') return fail(at_, "has a single quote where JSON has double quotes");
    for (const std::string_view literal : {"True", "False", "None", "NaN", "Infinity", "-Infinity"})
      if (text_.substr(at_).starts_with(literal))
        return fail(at_, fmt::format("has {}, which JSON does not have", literal));
    const std::size_t begin = at_;
    take('-');
    if (!take('0') && !digits()) return fail(begin, "lacks a value where one must stand");
    std::size_t end = at_;  // of the longest prefix that is a number
    if (take('.') && digits()) end = at_;
    at_ = end;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (digits()) end = at_;
    }
    at_ = end;
    const bool continues =
        at_ < text_.size() && std::string_view("+-.0123456789eE").find(peek()) != std::string_view::npos;
    return !continues || fail(at_, "has a number that is not written as JSON writes numbers");
  }

  bool digits() noexcept {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > begin;
  }

  std::string_view text_;
  std::size_t depth_limit_;
  std::size_t at_ = 0;
  std::vector<char> open_;  // brackets of the open containers
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t depth_limit) {
  Reader reader(text, depth_limit);
  if (reader.read()) return std::nullopt;
  return std::move(reader).fault();
}

std::size_t find_utf8_fault(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = json::character_bytes(text.substr(at, 4));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace visionshard::example
