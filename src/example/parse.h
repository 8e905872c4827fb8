// One line of JSON to its spans, valid as a whole.
#pragma once

#include <string_view>

#include "base/result.h"
#include "example/example_spans.h"
#include "example/token_finder.h"

namespace visionshard::example {

/// Holds the parser's buffers between lines. Not thread-safe: one for each thread.
class LineParser {
 public:
  /// The next lines are those of `text`, in their order, each with its newline; other lines may be parsed between
  /// them. line_padding bytes after `text` must be readable. The tokens of many lines are then found at once, which
  /// takes half the time. Holds until the next call; `text` must live as long.
  void expect_lines_of(std::string_view text) noexcept { tokens_.expect_lines_of(text); }

  /// Checks that `line` (no newline; line_padding readable bytes after it) is one JSON object and fills `spans`.
  /// `base64` is as for TokenFinder::find(). Faults: invalid_utf8, invalid_json, not_an_object. Throws std::bad_alloc.
  tl::expected<void, Fault> parse(std::string_view line, ExampleSpans& spans, std::span<const Range> base64 = {});

  /// The tokens of the line parsed last. They hold until the next call.
  const Tokens& tokens() const noexcept { return found_; }

 private:
  TokenFinder tokens_;
  Tokens found_{};
};

/// Fills `spans` from a line whose tokens are known, and which is valid JSON. Throws std::bad_alloc.
void read_spans(std::string_view line, const Tokens& tokens, ExampleSpans& spans);

}  // namespace visionshard::example
