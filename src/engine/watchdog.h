// Detects a run that makes no progress.
#pragma once

#include <visionshard/status.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/run_state.h"

namespace visionshard::engine {

/// Watches from its construction to its destruction. Calls `on_stall` each time that `state` has made no step for
/// `timeout`; does nothing where there is no callback or the timeout is 0.
class Watchdog {
 public:
  Watchdog(const RunState& state, std::chrono::seconds timeout, const OnStall& on_stall);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace visionshard::engine
