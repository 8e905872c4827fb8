// Signals: the first asks the run to stop, the second ends the process.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace visionshard::cli {

/// Set by the first SIGINT or SIGTERM.
extern std::atomic<bool> stop;

/// From now on the first SIGINT or SIGTERM sets `stop`. SIGPIPE and SIGXFSZ are ignored, so that write(2) returns an
/// error.
void install_signal_handlers();

/// The exit status of a process that a signal has stopped.
int interrupted_status() noexcept;

/// Runs `work` on a new thread and waits for its end, but not longer than `limit`. The thread then continues until the
/// process ends, which must be soon. An exception ends the work.
void try_for(std::chrono::milliseconds limit, std::function<void()> work);

/// While it exists, it ends the process if the run has not stopped two seconds after the signal: the conversion of an
/// image of hundreds of megapixels cannot be interrupted, and everything that --resume needs is on the disk.
class StopDeadline {
 public:
  /// Before that, a thread writes `message` to standard error and calls `before_end` with the exit status.
  explicit StopDeadline(const std::string& message, std::function<void(int status)> before_end = {});

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace visionshard::cli
