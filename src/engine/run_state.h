// The state that all stages of a run share: its fault, whether it must stop, and how much was done.
#pragma once

#include <fmt/format.h>
#include <visionshard/report.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"

namespace visionshard::engine {

/// Records which thread ran which stage, and when; for tests of how work is distributed. Thread-safe.
class StageTrace {
 public:
  struct Span {
    std::thread::id thread;
    Stage stage;
    std::chrono::steady_clock::time_point begin, end;
  };

  void add(const Span& span) {
    const std::lock_guard lock(mutex_);
    spans_.push_back(span);
  }
  /// Read it only when all work is done.
  const std::vector<Span>& spans() const noexcept { return spans_; }

 private:
  std::mutex mutex_;
  std::vector<Span> spans_;
};

/// Thread-safe.
class RunState {
 public:
  explicit RunState(const std::atomic<bool>& stop, StageTrace* trace = nullptr) noexcept : stop_(stop), trace_(trace) {}

  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  bool stopping() const noexcept { return failed() || stop_.load(std::memory_order_relaxed); }

  void fail(RunFault fault) {
    const std::lock_guard lock(mutex_);
    if (!fault_) fault_ = std::move(fault);
    failed_.store(true, std::memory_order_release);
  }
  /// Read it only when all work is done.
  const std::optional<RunFault>& fault() const noexcept { return fault_; }

  /// Runs a stage's work unless the run has failed or must stop: uncommitted work is then not needed. Throws nothing.
  template <class Work>
  void run(Stage stage, Work&& work) noexcept {
    if (!stopping()) run_to_end(stage, std::forward<Work>(work));
  }
  /// The same, also where the run must stop: committed lines are still written, up to the last whole shard.
  template <class Work>
  void run_to_end(Stage stage, Work&& work) noexcept {
    if (failed()) return;
    const StageTimer timer(stages_[static_cast<std::size_t>(stage)], stage, trace_);
    guard(std::forward<Work>(work));
  }
  /// Runs work outside the stages, even if the run has failed or must stop. Turns exceptions into a fault.
  template <class Work>
  void guard(Work&& work) noexcept {
    try {
      work();
    } catch (const std::bad_alloc&) {
      fail({"out of memory; lower --threads or --memory, or --max-pixels"});
    } catch (const std::exception& e) {
      fail({std::string("internal error: ") + e.what() + "; please report this defect"});
    }
  }
  /// run() and run_to_end() for work that returns RunResult<void>.
  template <class Work>
  void run_checked(Stage stage, Work&& work) noexcept {
    if (!stopping()) run_checked_to_end(stage, std::forward<Work>(work));
  }
  template <class Work>
  void run_checked_to_end(Stage stage, Work&& work) noexcept {
    run_to_end(stage, [&] {
      if (auto done = work(); !done) fail(std::move(done.error()));
    });
  }

  /// Counts a step within a long piece of work.
  void step() noexcept { steps_.fetch_add(1, std::memory_order_relaxed); }
  /// For work in steps: each call counts one, and returns whether to go on.
  KeepRunning keep_running() noexcept {
    return [this] {
      step();
      return !stopping();
    };
  }
  /// Pieces of work begun and ended so far, and steps in them. The number changes as long as the run makes progress.
  std::uint64_t steps() const noexcept {
    std::uint64_t sum = steps_.load(std::memory_order_relaxed);
    for (const Counter& stage : stages_) sum += stage.begun.load() + stage.ended.load();
    return sum;
  }
  /// The stage that most threads are in, among the stages that may take long; empty where there is none.
  std::string_view at_work() const noexcept {
    std::string_view stage;
    std::uint64_t max_threads = 0;
    for (const Stage each : {Stage::read, Stage::parse, Stage::convert, Stage::digest, Stage::write, Stage::publish}) {
      const Counter& counter = stages_[static_cast<std::size_t>(each)];
      const std::uint64_t ended = counter.ended.load(), begun = counter.begun.load();
      if (begun - ended <= max_threads) continue;
      max_threads = begun - ended;
      stage = name(each);
    }
    return stage;
  }
  /// The stages that did anything: "read 12 done, 1 at work; ...".
  std::string describe_stages() const {
    std::string text;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const std::uint64_t ended = stages_[i].ended, begun = stages_[i].begun;
      if (begun == 0) continue;
      text += fmt::format("{}{} {} done", text.empty() ? "" : "; ", stage_names[i], ended);
      if (begun > ended) text += fmt::format(", {} at work", begun - ended);
    }
    return text;
  }
  /// Times of the stages that did anything.
  std::vector<StageTime> stage_times() const {
    std::vector<StageTime> times;
    for (std::size_t i = 0; i < stages_.size(); ++i)
      if (const std::uint64_t ended = stages_[i].ended)
        times.push_back({static_cast<Stage>(i), ended, static_cast<double>(stages_[i].busy_nanoseconds) / 1e9});
    return times;
  }

 private:
  // Each in a cache line of its own: all threads count in them.
  struct alignas(64) Counter {
    std::atomic<std::uint64_t> begun{0}, ended{0}, busy_nanoseconds{0};
  };
  class StageTimer {
   public:
    StageTimer(Counter& counter, Stage stage, StageTrace* trace) noexcept
        : counter_(counter), stage_(stage), trace_(trace) {
      counter_.begun.fetch_add(1, std::memory_order_relaxed);
    }
    ~StageTimer() {
      const auto now = std::chrono::steady_clock::now();
      const std::chrono::nanoseconds busy = now - since_;
      if (trace_ != nullptr) trace_->add({std::this_thread::get_id(), stage_, since_, now});
      counter_.busy_nanoseconds.fetch_add(static_cast<std::uint64_t>(busy.count()), std::memory_order_relaxed);
      counter_.ended.fetch_add(1, std::memory_order_relaxed);
    }
    StageTimer(const StageTimer&) = delete;
    StageTimer& operator=(const StageTimer&) = delete;

   private:
    Counter& counter_;
    Stage stage_;
    StageTrace* trace_;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  };

  std::array<Counter, stage_names.size()> stages_;
  std::atomic<std::uint64_t> steps_{0};
  const std::atomic<bool>& stop_;
  StageTrace* trace_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<RunFault> fault_;
};

}  // namespace visionshard::engine
