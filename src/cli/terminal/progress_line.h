// The line of progress on standard error: how it looks, and when the next one is due.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/option_words.h"

namespace visionshard::cli {

enum class ProgressStyle { automatic, bar, plain, json, off };

/// The values of --progress.
inline constexpr std::array progress_words = {
    OptionWord{"auto", ProgressStyle::automatic}, OptionWord{"bar", ProgressStyle::bar},
    OptionWord{"plain", ProgressStyle::plain}, OptionWord{"json", ProgressStyle::json},
    OptionWord{"off", ProgressStyle::off}};

/// A line of at most `columns` characters: a bar of the share that is done (0 to 1), if it is known, then the facts.
/// Those that do not fit are left out, from the end.
std::string bar_text(std::optional<double> share, const std::vector<std::string>& facts, std::size_t columns);

/// A bar on a terminal, or else a line every ten seconds, in JSON every second. Not thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(ProgressStyle style);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool is_off() const noexcept { return style_ == ProgressStyle::off; }
  bool is_json() const noexcept { return style_ == ProgressStyle::json; }
  /// The seconds since the beginning, if a line is due now: it must then be printed.
  std::optional<double> seconds_if_due();
  void print_json(const std::string& line) const;
  /// `share` as for bar_text().
  void print(std::optional<double> share, const std::vector<std::string>& facts);
  /// Removes the bar.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  ProgressStyle style_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
  bool bar_shown_ = false;
};

}  // namespace visionshard::cli
