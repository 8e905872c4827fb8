#include "cli/interrupt.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <memory>
#include <system_error>

#include "cli/exit_status.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

volatile std::sig_atomic_t stop_signal = 0;

extern "C" void on_signal(int signal) {
  stop_signal = signal;
  stop.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}

}  // namespace

std::atomic<bool> stop{false};

void install_signal_handlers() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

int interrupted_status() noexcept { return stop_signal == SIGTERM ? exit_terminated : exit_interrupted; }

void try_for(std::chrono::milliseconds limit, std::function<void()> work) {
  try {
    const auto done = std::make_shared<std::promise<void>>();
    std::thread([done, work = std::move(work)] {
      try {
        work();
      } catch (const std::exception&) {
        // The process is about to end; nobody reads a message.
      }
      done->set_value();
    }).detach();
    done->get_future().wait_for(limit);
  } catch (const std::exception&) {
    // There is no thread or memory for it.
  }
}

StopDeadline::StopDeadline(const std::string& message, std::function<void(int status)> before_end) {
  const auto wait = [this, message, before_end](const std::stop_token& done) {
    using namespace std::chrono_literals;
    constexpr auto step = 50ms;
    std::unique_lock lock(mutex_);
    for (auto waited = 0ms; waited < 1700ms; waited += stop ? step : 0ms) {
      wake_.wait_for(lock, done, step, [] { return false; });
      if (done.stop_requested()) return;
    }
    print_message(message);
    if (before_end) before_end(interrupted_status());
    ::_exit(interrupted_status());
  };
  try {
    thread_ = std::jthread(wait);
  } catch (const std::system_error&) {
    // There is no thread for it; then the run stops when its current images are done.
  }
}

}  // namespace visionshard::cli
