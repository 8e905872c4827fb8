#include "base/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace visionshard {
namespace {

TEST(PortableMath, SineIsThatOfTheCLibraryButForItsLastBits) {
  for (int i = -10'000; i <= 10'000; ++i) {
    const double x = i * 0.9999371e-3;
    EXPECT_NEAR(portable_sine(x), std::sin(x), 1e-15) << x;
  }
}

TEST(PortableMath, LogarithmIsThatOfTheCLibraryButForItsLastBits) {
  EXPECT_EQ(portable_log(1), 0);
  for (double x = 1.001; x < 1e18; x *= 1.01) EXPECT_NEAR(portable_log(x) / std::log(x), 1, 1e-14) << x;
  for (double x = 0.999; x > 1e-18; x /= 1.01) EXPECT_NEAR(portable_log(x) / std::log(x), 1, 1e-14) << x;
}

}  // namespace
}  // namespace visionshard
