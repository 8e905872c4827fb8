// What oneTBB promises, in terms that the thread sanitizer sees: Debian's library is built without it, and each message
// would look like a race.
#pragma once

#include <atomic>

namespace visionshard::pipeline {

/// What was done before pass() happens before what is done after take(), where the take() comes later. Thread-safe.
class TsanFence {
 public:
  void pass() noexcept { passed_.fetch_add(1, std::memory_order_release); }
  void take() const noexcept { (void)passed_.load(std::memory_order_acquire); }

 private:
  std::atomic<unsigned> passed_{0};
};

}  // namespace visionshard::pipeline
