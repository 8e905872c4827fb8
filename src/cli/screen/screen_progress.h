// The progress of visionshard-screen on standard error.
#pragma once

#include "cli/terminal/progress_line.h"
#include "screen/screen.h"

namespace visionshard::cli {

/// Prints on standard error as ProgressLine does. Not thread-safe.
class ScreenProgressPrinter {
 public:
  explicit ScreenProgressPrinter(ProgressStyle style) : line_(style) {}

  void update(const screen::ScreenProgress& so_far);
  /// Removes the bar.
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
};

}  // namespace visionshard::cli
