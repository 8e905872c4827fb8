// Finds where lines end, and decodes long base64 on the way, so that it is read only once.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "example/example_spans.h"

namespace visionshard::line {

/// Not thread-safe: one for each thread. What it returns of a line holds until the next call of find_newline().
class LineScanner {
 public:
  /// The offset of the first newline at or after `begin`, where a line starts; npos where `text` has none. Throws
  /// std::bad_alloc.
  // In the header as far as most lines go.
  std::size_t find_newline(std::string_view text, std::size_t begin) {
    found_.clear();
    const std::size_t newline = text.substr(begin, window_bytes).find('\n');
    return newline != std::string_view::npos ? begin + newline : find_far_newline(text, begin);
  }

  /// What TokenFinder::find() need not look at, if `line` is (a part of) the line whose end was found last.
  std::span<const example::Range> base64_of(std::string_view line) {
    if (found_.empty()) return {};
    list_ranges(line);
    return ranges_;
  }

  /// The bytes of `encoded`, if it is clean base64 of that line and was decoded.
  std::optional<ByteView> decoded(std::string_view encoded) const noexcept;

  /// `text` is not valid any more.
  void forget() noexcept { found_.clear(); }
  std::size_t capacity_bytes() const noexcept { return bytes_.capacity(); }

 private:
  struct Found {
    std::string_view encoded;
    std::size_t bytes_at;  // in bytes_
    std::size_t bytes;
  };

  // Most lines of text end within one window. In front of an image stand a few hundred bytes.
  static constexpr std::size_t window_bytes = 2 << 10;

  std::size_t find_far_newline(std::string_view text, std::size_t begin);
  void list_ranges(std::string_view line);
  std::size_t decode_after(std::string_view text, std::size_t comma);

  std::vector<Found> found_;  // in the line's order
  std::vector<example::Range> ranges_;
  Bytes bytes_;
};

}  // namespace visionshard::line
