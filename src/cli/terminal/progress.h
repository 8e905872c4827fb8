// The progress of a run on standard error.
#pragma once

#include <visionshard/convert.h>

#include <chrono>
#include <string>

#include "cli/terminal/progress_line.h"

namespace visionshard::cli {

/// A line of at most `columns` characters: a bar if the total is known, then bytes done, rate, time left, numbers of
/// lines and images, the busiest stage. Items that do not fit are left out, from the end. `seconds_left` is negative
/// where it is not known.
std::string progress_bar(const ProgressReport& so_far, double seconds, double seconds_left, std::size_t columns);

/// Prints on standard error as ProgressLine does. Not thread-safe.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(ProgressStyle style) : line_(style) {}

  void update(const ProgressReport& so_far);
  /// Removes the bar.
  void clear() { line_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// By the rate of about the last ten seconds; negative where it is not known.
  double seconds_left(const ProgressReport& so_far);

  ProgressLine line_;
  Clock::time_point measured_ = Clock::now();
  std::uint64_t measured_bytes_ = 0;
  double bytes_per_second_ = 0;
};

}  // namespace visionshard::cli
