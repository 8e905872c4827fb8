// One object owns the terminal.
#pragma once

#include <visionshard/convert.h>

#include <chrono>
#include <string>

#include "cli/options.h"

namespace visionshard::cli {

/// A line of at most `columns` characters: a bar where the total is known, then done and rate, time left, what became
/// of images and lines, the busiest stage; what does not fit is left out from the end. Pure.
std::string progress_bar(const ProgressReport& so_far, double seconds, double seconds_left, std::size_t columns);

/// Prints on standard error: a bar on a terminal, a line every ten seconds elsewhere, every second in
/// JSON. Not thread-safe.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(ProgressStyle style);
  ~ProgressPrinter() { clear(); }

  void update(const ProgressReport& so_far);
  /// Takes the bar away.
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
