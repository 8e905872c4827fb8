// The first fatal fault wins, then everything drains.
#pragma once

#include <atomic>
#include <mutex>
#include <new>
#include <optional>

#include "base/result.h"
#include "image/local_file.h"

namespace visionshard::pipeline {

/// Thread-safe.
class RunState {
 public:
  explicit RunState(const std::atomic<bool>& stop) noexcept : stop_(stop) {}

  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  bool stopping() const noexcept { return failed() || stop_.load(std::memory_order_relaxed); }

  void fail(RunFault fault) {
    const std::lock_guard lock(mutex_);
    if (!fault_) fault_ = std::move(fault);
    failed_.store(true, std::memory_order_release);
  }
  /// To be read when all work is over.
  const std::optional<RunFault>& fault() const noexcept { return fault_; }

  /// Runs a stage's work unless the run has failed or is to stop: what is not committed by then is not needed. No
  /// exception leaves it.
  template <class Work>
  void run(Work&& work) noexcept {
    if (!stopping()) run_to_end(std::forward<Work>(work));
  }
  /// The same, also where the run is to stop: what is committed is finished, up to the last whole shard.
  template <class Work>
  void run_to_end(Work&& work) noexcept {
    if (failed()) return;
    try {
      work();
    } catch (const image::RunFailure& failure) {
      fail(failure.fault);
    } catch (const std::bad_alloc&) {
      fail({"out of memory; lower --threads or --memory, or --max-pixels"});
    } catch (const std::exception& e) {
      fail({std::string("internal error: ") + e.what() + "; please report this defect"});
    }
  }
  /// The same two for work that returns RunResult<void>.
  template <class Work>
  void run_checked(Work&& work) noexcept {
    if (!stopping()) run_checked_to_end(std::forward<Work>(work));
  }
  template <class Work>
  void run_checked_to_end(Work&& work) noexcept {
    run_to_end([&] {
      if (auto done = work(); !done) fail(std::move(done.error()));
    });
  }

 private:
  const std::atomic<bool>& stop_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<RunFault> fault_;
};

}  // namespace visionshard::pipeline
