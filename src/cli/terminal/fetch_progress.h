// The progress of `fetch` on standard error.
#pragma once

#include <visionshard/fetch.h>

#include <chrono>
#include <string>

#include "cli/terminal/progress.h"

namespace visionshard::cli {

/// A line of at most `columns` characters: a bar, then the URLs done, their rate, hosts, failures by kind and the
/// slowest hosts. Items that do not fit are left out, from the end.
std::string fetch_bar(const FetchProgress& so_far, double seconds, std::size_t columns);

/// Prints as ProgressPrinter does. Not thread-safe.
class FetchProgressPrinter {
 public:
  explicit FetchProgressPrinter(ProgressStyle style);
  ~FetchProgressPrinter() { clear(); }

  void update(const FetchProgress& so_far);
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
