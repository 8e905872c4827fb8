#include "engine/budget.h"

#include <gtest/gtest.h>

namespace visionshard::engine {
namespace {

TEST(MemoryBudget, LetsReadingTakeHalfAtMost) {
  Budget budget(1000);
  EXPECT_EQ(budget.left_for_text(), 500u);
  budget.reserve_text(450);
  EXPECT_EQ(budget.left_for_text(), 50u);
  budget.reserve_text(100);  // a line that was longer than what was left
  EXPECT_EQ(budget.left_for_text(), 0u);
  budget.release_text(550);
  EXPECT_EQ(budget.left_for_text(), 500u);
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

}  // namespace
}  // namespace visionshard::engine
