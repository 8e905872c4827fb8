#include "engine/watchdog.h"

#include <system_error>

namespace visionshard::engine {

Watchdog::Watchdog(const RunState& state, std::chrono::seconds timeout, const OnStall& on_stall) {
  if (timeout.count() == 0 || !on_stall) return;
  const auto watch = [this, &state, timeout, &on_stall](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (std::uint64_t before = state.steps();;) {
      wake_.wait_for(lock, stop, timeout, [] { return false; });
      if (stop.stop_requested()) return;
      const std::uint64_t now = state.steps();
      if (now == before) on_stall(state.describe_stages());
      before = now;
    }
  };
  try {
    thread_ = std::jthread(watch);
  } catch (const std::system_error&) {
    // The system cannot start a thread: the run continues without a watchdog.
  }
}

}  // namespace visionshard::engine
