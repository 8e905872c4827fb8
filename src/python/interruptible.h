// A run of minutes or hours inside a Python process: it works on a thread of its own, and the calling thread waits,
// lets Python handle signals and passes progress on. So no thread of the library ever needs the GIL.
#pragma once

#include <pybind11/pybind11.h>
#include <unistd.h>
#include <visionshard/status.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "python/released_gil.h"

namespace visionshard::python {

/// `progress` is a Python callable or None. Needs the GIL.
void report_progress(const pybind11::object& progress, const ProgressReport& so_far);

/// Raises OSError of errno's kind TimeoutError: nothing has moved, and threads that hang cannot be ended.
[[noreturn]] void raise_stalled(const std::string& stages);

/// What the caller's thread and the run's share. The run's owns it too: it can outlive a call that gave it up.
template <class Outcome>
struct SharedRun {
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<ProgressReport> so_far;  // not yet passed on
  std::string stalled_stages;
  std::optional<Outcome> outcome;
};

/// The runs at work, so that they have ended when the process destroys what they use.
class LiveRuns {
 public:
  /// Throws std::runtime_error when the interpreter ends, but not in the main thread, which waits for its run itself.
  void add(const std::shared_ptr<std::atomic<bool>>& stop) {
    const std::lock_guard lock(mutex_);
    if (ended_ && ::gettid() != ::getpid()) throw std::runtime_error("no run can begin when the interpreter ends");
    stops_.push_back(stop);
  }
  void remove(const std::shared_ptr<std::atomic<bool>>& stop) {
    const std::lock_guard lock(mutex_);
    std::erase(stops_, stop);
    changed_.notify_all();
  }
  /// Stops all, and waits for them without Python's lock, but not for threads that hang.
  void end() {
    constexpr std::chrono::seconds max_time(2);
    const ReleasedGil release;
    std::unique_lock lock(mutex_);
    ended_ = true;
    for (const auto& stop : stops_) *stop = true;
    changed_.wait_for(lock, max_time, [this] { return stops_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<std::atomic<bool>>> stops_;
  bool ended_ = false;
};

/// Those of the process, none in one that was forked; never destroyed.
LiveRuns& live_runs();

/// Calls `work(stop, progress, on_stall)` and returns its outcome. An exception that a signal handler or `progress`
/// raises stops the run, and is raised again when the run has ended; a second one, or a stall, gives the run up at
/// once.
template <class Outcome, class Work>
Outcome run_interruptibly(Work work, const pybind11::object& progress) {
  using namespace std::chrono_literals;
  const auto run = std::make_shared<SharedRun<Outcome>>();
  const std::shared_ptr<std::atomic<bool>> stop(run, &run->stop);
  live_runs().add(stop);
  std::thread thread;
  const auto work_on_thread = [run, stop, work = std::move(work)] {
    const Progress keep = [&](const ProgressReport& so_far) {
      const std::lock_guard lock(run->mutex);
      run->so_far = so_far;
    };
    const OnStall on_stall = [&](const std::string& stages) {
      const std::lock_guard lock(run->mutex);
      run->stalled_stages = stages;
      run->changed.notify_all();
    };
    Outcome outcome = work(run->stop, keep, on_stall);
    live_runs().remove(stop);
    const std::lock_guard lock(run->mutex);
    run->outcome = std::move(outcome);
    run->changed.notify_all();
  };
  try {
    thread = std::thread(work_on_thread);
  } catch (const std::system_error&) {
    live_runs().remove(stop);
    throw;
  }
  // A stack that is unwound from the outside leaves the run to itself.
  const struct Leave {
    std::thread& thread;
    ~Leave() {
      if (thread.joinable()) thread.detach();
    }
  } leave{thread};
  std::exception_ptr raised;
  while (true) {
    std::optional<ProgressReport> so_far;
    std::string stalled;
    bool ended = false;
    {
      const ReleasedGil release;
      std::unique_lock lock(run->mutex);
      run->changed.wait_for(lock, 100ms, [&] { return run->outcome || !run->stalled_stages.empty(); });
      so_far = std::exchange(run->so_far, std::nullopt);
      stalled = run->stalled_stages;
      ended = run->outcome.has_value();
    }
    if (!ended && !stalled.empty()) {
      run->stop = true;
      raise_stalled(stalled);
    }
    try {
      if (so_far && !raised) report_progress(progress, *so_far);
      if (!ended && PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
    } catch (...) {
      run->stop = true;
      if (raised && !ended) throw;
      raised = std::current_exception();
    }
    if (!ended) continue;
    {
      const ReleasedGil release;
      thread.join();
    }
    if (raised) std::rethrow_exception(raised);
    return std::move(*run->outcome);
  }
}

}  // namespace visionshard::python
