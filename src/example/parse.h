// One line of JSON to its spans, valid as a whole.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "example/example_spans.h"

namespace visionshard::example {

/// Bytes that must be readable after a line given to LineParser::parse. Their values do not matter.
inline constexpr std::size_t line_padding = 64;

/// Containers nested deeper than this are invalid_json: the parsers of the receiving side stop at about as many.
inline constexpr unsigned max_depth = 1000;

/// Holds the parser's buffers between lines. Not thread-safe: one for each thread.
class LineParser {
 public:
  LineParser();
  ~LineParser();
  LineParser(LineParser&&) noexcept;
  LineParser& operator=(LineParser&&) noexcept;

  /// Checks that `line` (no newline; line_padding readable bytes after it) is one JSON object and fills `spans`.
  /// Faults: invalid_utf8, invalid_json, not_an_object. Throws std::bad_alloc.
  tl::expected<void, Fault> parse(std::string_view line, ExampleSpans& spans);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace visionshard::example
