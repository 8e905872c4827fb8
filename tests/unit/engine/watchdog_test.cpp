#include "engine/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

namespace visionshard::engine {
namespace {

using namespace std::chrono_literals;

TEST(Watchdog, ReportsARunWithoutAStepAndWhereItsStagesAre) {
  const std::atomic<bool> stop{false};
  RunState state(stop);
  std::promise<std::string> reported;
  std::atomic<bool> first{true};
  const OnStall on_stall = [&](const std::string& stages) {
    if (first.exchange(false)) reported.set_value(stages);
  };
  state.run(Stage::read, [] {});
  state.run(Stage::convert, [&] {
    const Watchdog watchdog(state, 1s, on_stall);
    auto stages = reported.get_future();
    ASSERT_EQ(stages.wait_for(60s), std::future_status::ready);
    EXPECT_EQ(stages.get(), "read 1 done; convert 0 done, 1 at work");
  });
}

TEST(Watchdog, SaysNothingWhileStepsAreMade) {
  const std::atomic<bool> stop{false};
  RunState state(stop);
  std::atomic<int> reports{0};
  const OnStall on_stall = [&](const std::string&) { ++reports; };
  const Watchdog watchdog(state, 2s, on_stall);
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < end) {
    state.step();
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(reports, 0);
}

TEST(Watchdog, EndsAtOnceThoughItsTimeoutIsLong) {
  const std::atomic<bool> stop{false};
  const RunState state(stop);
  const OnStall on_stall = [](const std::string&) {};
  const auto begin = std::chrono::steady_clock::now();
  { const Watchdog watchdog(state, 3600s, on_stall); }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 60s);
}

}  // namespace
}  // namespace visionshard::engine
