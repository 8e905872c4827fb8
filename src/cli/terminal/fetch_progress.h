// The progress of `fetch` on standard error.
#pragma once

#include <visionshard/fetch.h>

#include "cli/terminal/progress_line.h"

namespace visionshard::cli {

/// Prints on standard error as ProgressLine does: the URLs done, their rate, hosts, failures by kind and the slowest
/// hosts. Not thread-safe.
class FetchProgressPrinter {
 public:
  explicit FetchProgressPrinter(ProgressStyle style) : line_(style) {}

  void update(const FetchProgress& so_far);
  /// Removes the bar.
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
};

}  // namespace visionshard::cli
