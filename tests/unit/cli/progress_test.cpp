#include "cli/terminal/progress.h"

#include <gtest/gtest.h>

namespace visionshard::cli {
namespace {

ProgressReport half_done() {
  ProgressReport r;
  r.counts.lines = 2000;
  r.counts.written = 1990;
  r.counts.rejected = 10;
  r.counts.images_kept = 1500;
  r.counts.images_relabelled = 100;
  r.counts.images_converted = 400;
  r.counts.images_shrunk = 3;
  r.input_bytes = 500'000'000;
  r.done_bytes = 500'000'000;
  r.total_bytes = 1'000'000'000;
  r.at_work = "convert";
  return r;
}

TEST(ProgressBar, At80Columns) {
  EXPECT_EQ(progress_bar(half_done(), 10, 10, 80),
            "[########........]  50 %  500 MB of 1.00 GB  50.0 MB/s  0:10 left  10 rejected");
}

TEST(ProgressBar, At200ColumnsItHasEverything) {
  EXPECT_EQ(progress_bar(half_done(), 10, 3661, 200),
            "[###############...............]  50 %  500 MB of 1.00 GB  50.0 MB/s  1:01:01 left  10 rejected  "
            "400 converted  3 shrunk  1,600 kept  200 examples/s  convert ");
}

TEST(ProgressBar, NeverLongerThanTheTerminalIsWide) {
  for (std::size_t columns = 0; columns <= 200; ++columns)
    EXPECT_LE(progress_bar(half_done(), 10, 10, columns).size(), columns);
}

TEST(ProgressBar, WithoutATotalThereIsNoBar) {
  ProgressReport r = half_done();
  r.total_bytes = 0;
  EXPECT_EQ(progress_bar(r, 10, -1, 30), "500 MB  50.0 MB/s  10 rejected");
}

TEST(ProgressBar, AHundredPercentOnlyAtTheEnd) {
  ProgressReport r = half_done();
  r.done_bytes = r.total_bytes - 1;
  EXPECT_EQ(progress_bar(r, 10, 0, 18), "[#########.]  99 %");
  r.done_bytes = r.total_bytes;
  EXPECT_EQ(progress_bar(r, 10, 0, 18), "[##########] 100 %");
}

}  // namespace
}  // namespace visionshard::cli
