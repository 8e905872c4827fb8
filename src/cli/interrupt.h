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

/// From now on the first SIGINT or SIGTERM sets `stop`. SIGPIPE and SIGXFSZ are
/// ignored: writing says what is wrong.
void install_signal_handlers();

/// The status for a process that a signal has stopped.
int interrupted_status() noexcept;

/// Runs `work` on a thread of its own and waits no longer than `most` for its end; what is not done then goes on until
/// the process ends, which must be soon. An exception ends the work.
void try_for(std::chrono::milliseconds most, std::function<void()> work);

/// While it lives, a run that has not stopped two seconds after the signal is ended: an image of hundreds of megapixels
/// cannot be given up half-way, and what is worth keeping is on the disk.
class StopDeadline {
 public:
  /// `message` goes to standard error then, and `before_end` is called with the status, by a thread of its own.
  explicit StopDeadline(const std::string& message, std::function<void(int status)> before_end = {});

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace visionshard::cli
