// One object owns the terminal.
#pragma once

#include <visionshard/convert.h>

#include <array>
#include <chrono>
#include <string>

#include "base/option_words.h"

namespace visionshard::cli {

enum class ProgressStyle { automatic, bar, plain, json, off };

/// The values of --progress.
inline constexpr std::array progress_words = {
    OptionWord{"auto", ProgressStyle::automatic}, OptionWord{"bar", ProgressStyle::bar},
    OptionWord{"plain", ProgressStyle::plain}, OptionWord{"json", ProgressStyle::json},
    OptionWord{"off", ProgressStyle::off}};

/// A line of at most `columns` characters: a bar if the total is known, then bytes done, rate, time left, numbers of
/// lines and images, the busiest stage. Items that do not fit are left out, from the end. `seconds_left` is negative
/// where it is not known.
std::string progress_bar(const ProgressReport& so_far, double seconds, double seconds_left, std::size_t columns);

/// Prints on standard error: a bar on a terminal, or else a line every ten seconds, in JSON every second. Not
/// thread-safe.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(ProgressStyle style);
  ~ProgressPrinter() { clear(); }

  void update(const ProgressReport& so_far);
  /// Removes the bar.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  /// By the rate of about the last ten seconds; negative where it is not known.
  double seconds_left(const ProgressReport& so_far, Clock::time_point now);

  ProgressStyle style_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
  Clock::time_point measured_ = begin_;
  std::uint64_t measured_bytes_ = 0;
  double bytes_per_second_ = 0;
  bool bar_shown_ = false;
};

}  // namespace visionshard::cli
