#include "engine/budget.h"

#include <gtest/gtest.h>

namespace visionshard::engine {
namespace {

TEST(MemoryBudget, LetsReadingTakeThreeQuartersAtMost) {
  Budget budget(1000);
  EXPECT_EQ(budget.left_for_text(), 750u);
  budget.reserve_text(700);
  EXPECT_EQ(budget.left_for_text(), 50u);
  budget.reserve_text(100);  // a line that was longer than what was left
  EXPECT_EQ(budget.left_for_text(), 0u);
  budget.release_text(800);
  EXPECT_EQ(budget.left_for_text(), 750u);
}

TEST(MemoryBudget, HoldsTextAndImagesTogether) {
  Budget budget(1000);
  EXPECT_TRUE(budget.fits_image(1000));
  EXPECT_FALSE(budget.fits_image(1001));
  budget.reserve_text(100);
  budget.reserve_image(600);
  EXPECT_TRUE(budget.fits_image(300));
  EXPECT_FALSE(budget.fits_image(301));
  budget.release_image(600);
  EXPECT_TRUE(budget.fits_image(900));
}

TEST(MemoryBudget, LeavesForTextWhatImagesDoNotTake) {
  Budget budget(1000);
  budget.reserve_text(100);
  budget.reserve_image(600);
  EXPECT_EQ(budget.left_for_text(), 300u);
  budget.reserve_image(600);  // one that needs more than there is runs alone
  EXPECT_EQ(budget.left_for_text(), 0u);
  budget.release_image(1200);
  EXPECT_EQ(budget.left_for_text(), 650u);
}

TEST(MemoryBudget, CountsIdleMemoryAgainstImagesAndNotAgainstText) {
  Budget budget(1000);
  budget.reserve_idle(700);
  EXPECT_EQ(budget.left_for_text(), 750u);
  EXPECT_TRUE(budget.fits_image(300));
  EXPECT_EQ(budget.excess_bytes(400), 100u);
}

}  // namespace
}  // namespace visionshard::engine
