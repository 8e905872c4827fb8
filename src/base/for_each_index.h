// A loop over numbers on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace visionshard {

/// Calls `work(i)` for i from 0 to `count` - 1 on `threads` threads, or on as many as there are to be had, each index
/// once, in no set order. Leaves out what has not begun once `stop` is set or a call has thrown; the first exception is
/// thrown again here.
template <class Work>
void for_each_index(std::size_t count, unsigned threads, const std::atomic<bool>& stop, Work work) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count && !stop && !failed; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      while (others.size() + 1 < std::min<std::size_t>(threads, count)) others.emplace_back(run);
    } catch (const std::system_error&) {
      // The limit of threads is reached.
    }
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace visionshard
