// One object owns the terminal.
#pragma once

#include <visionshard/report.h>

#include <chrono>

#include "cli/options.h"

namespace visionshard::cli {

/// Prints on standard error: a bar on a terminal, a line every ten seconds elsewhere. Not thread-safe.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(ProgressStyle style);
  ~ProgressPrinter() { clear(); }

  void update(const Counts& so_far, std::uint64_t input_bytes);
  /// Takes the bar away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  ProgressStyle style_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
  bool bar_shown_ = false;
};

}  // namespace visionshard::cli
