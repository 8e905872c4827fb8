#include "fetch/pace.h"

#include <gtest/gtest.h>

namespace visionshard::fetching {
namespace {

using std::chrono::seconds;

TEST(Pace, FollowsTheLatency) {
  Pace pace(2, Seconds(1));
  const Clock::time_point now{};
  pace.start(now);
  EXPECT_EQ(pace.next_start(), now);  // nothing is known yet
  for (int i = 0; i < 100; ++i) pace.succeed(Seconds(1));
  pace.start(now);
  EXPECT_NEAR(Seconds(pace.next_start() - now).count(), 0.5, 1e-6);
  for (int i = 0; i < 100; ++i) pace.succeed(Seconds(4));
  pace.start(now);
  EXPECT_NEAR(Seconds(pace.next_start() - now).count(), 2, 1e-3);
}

TEST(Pace, NeverSpeedsUpOnErrors) {
  Pace pace(2, Seconds(1));
  for (int i = 0; i < 50; ++i) pace.succeed(Seconds(1));
  for (int i = 0; i < 100; ++i) {
    const Seconds before = pace.gap();
    pace.fail(Seconds(0.0001));  // a refused connection
    EXPECT_GE(pace.gap(), before);
  }
  EXPECT_NEAR(pace.gap().count(), 8, 1e-3);  // four doublings
}

TEST(Pace, SlowsDownAtOnceAndRecoversSlowly) {
  Pace pace(1, Seconds(1));
  for (int i = 0; i < 50; ++i) pace.succeed(Seconds(1));
  pace.fail(Seconds(1));
  EXPECT_NEAR(pace.gap().count(), 2, 1e-3);
  pace.succeed(Seconds(1));
  EXPECT_GT(pace.gap().count(), 1.7);
  for (int i = 0; i < 6; ++i) pace.succeed(Seconds(1));
  EXPECT_NEAR(pace.gap().count(), 1, 1e-3);
}

TEST(Pace, IsNeverSlowerThanARequestInHalfAMinute) {
  Pace pace(1, Seconds(1));
  for (int i = 0; i < 10; ++i) pace.fail(Seconds(60));
  EXPECT_EQ(pace.gap(), Seconds(30));
}

TEST(Pace, WaitsAfterAFailureOfTheFirstRequest) {
  Pace pace(1, Seconds(1));
  const Clock::time_point now{};
  pace.start(now);
  pace.fail(Seconds(0.001));
  EXPECT_GT(pace.next_start(), now);
}

TEST(Pace, ParksUntilTheLatestTimeAsked) {
  Pace pace(2, Seconds(1));
  const Clock::time_point now{};
  pace.park(now + seconds(60));
  pace.park(now + seconds(10));
  EXPECT_EQ(pace.next_start(), now + seconds(60));
}

TEST(Backoff, IsSpreadOverTheWholeOfATimeThatDoubles) {
  std::minstd_rand random(1);
  for (unsigned tries = 1; tries <= 10; ++tries) {
    const double most = std::min(60.0, std::ldexp(1.0, static_cast<int>(tries) - 1));
    double least = most, greatest = 0, sum = 0;
    for (int i = 0; i < 10'000; ++i) {
      const double wait = backoff(tries, Seconds(1), random).count();
      least = std::min(least, wait);
      greatest = std::max(greatest, wait);
      sum += wait;
    }
    EXPECT_GE(least, 0);
    EXPECT_LE(greatest, most);
    EXPECT_LT(least, most * 0.01);
    EXPECT_GT(greatest, most * 0.99);
    EXPECT_NEAR(sum / 10'000, most / 2, most * 0.02);
  }
}

}  // namespace
}  // namespace visionshard::fetching
