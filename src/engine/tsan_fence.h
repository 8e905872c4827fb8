// Shows the thread sanitizer the order that oneTBB guarantees. Debian's oneTBB is built without the sanitizer, and each
// message would look like a race. Empty in other builds.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define VISIONSHARD_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VISIONSHARD_TSAN 1
#endif
#endif

#ifdef VISIONSHARD_TSAN
#include <atomic>
#endif

namespace visionshard::engine {

/// Whatever precedes release() happens before whatever follows a later acquire(). Thread-safe.
class TsanFence {
 public:
#ifdef VISIONSHARD_TSAN
  void release() noexcept { count_.fetch_add(1, std::memory_order_release); }
  void acquire() const noexcept { (void)count_.load(std::memory_order_acquire); }

 private:
  std::atomic<unsigned> count_{0};
#else
  void release() noexcept {}
  void acquire() const noexcept {}
#endif
};

/// Covers the body of a serial node: such bodies run one after the other.
class SerialSection {
 public:
  explicit SerialSection(TsanFence& fence) noexcept : fence_(fence) { fence_.acquire(); }
  ~SerialSection() { fence_.release(); }
  SerialSection(const SerialSection&) = delete;
  SerialSection& operator=(const SerialSection&) = delete;

 private:
  TsanFence& fence_;
};

}  // namespace visionshard::engine
