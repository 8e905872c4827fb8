// Where the tokens of a line of JSON begin: simdjson's first stage, run over many lines at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "example/example_spans.h"

namespace visionshard::example {

/// Bytes that must be readable after a line given to a parser. Their values do not matter.
inline constexpr std::size_t line_padding = 64;

/// The tokens of one line.
struct Tokens {
  const std::uint32_t* first;  // where each begins, in order, with one after the line; nullptr: the line is broken
  std::uint32_t origin;        // they are counted from this many bytes before the line
  bool any_escape;             // the line has a backslash
  std::span<const Range> base64 = {};  // as given to find()
};

/// Holds the buffers of the search between lines. Not thread-safe: one for each thread.
class TokenFinder {
 public:
  TokenFinder();
  ~TokenFinder();
  TokenFinder(TokenFinder&&) noexcept;
  TokenFinder& operator=(TokenFinder&&) noexcept;

  /// The next lines are those of `text`, in their order; see LineParser::expect_lines_of.
  void expect_lines_of(std::string_view text) noexcept;

  /// Finds the tokens of `line` (no newline; line_padding readable bytes after it). They hold until the next call.
  /// Broken is a line that is not UTF-8, or has a control character inside a string or a string without an end. Throws
  /// std::bad_alloc.
  ///
  /// `base64` names stretches of the line, in order and not empty, that need not be looked at: each consists of
  /// characters of base64, has a comma before it and a quote after it. Without them the line has the same other tokens
  /// and the same faults: inside a string they are characters like others; outside, the text before the comma is none.
  Tokens find(std::string_view line, std::span<const Range> base64 = {});

  /// `next` is the first token after the line found last: the search for the next line starts there.
  void skip_to(const std::uint32_t* next) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether `text` is UTF-8 (RFC 3629). Thread-safe.
bool is_utf8(std::string_view text) noexcept;

}  // namespace visionshard::example
