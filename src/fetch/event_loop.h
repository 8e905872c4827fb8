// Waits for the sockets of all transfers and name queries on one thread (epoll(7)).
#pragma once

#include <chrono>
#include <cstdint>

#include "base/file.h"

namespace visionshard::fetching {

using Clock = std::chrono::steady_clock;

/// One kind of sockets, and what is done when one of them is ready.
class SocketOwner {
 public:
  virtual ~SocketOwner() = default;
  virtual void on_socket(int fd, bool can_read, bool can_write, bool has_error) = 0;
};

/// For one thread, but for wake().
class EventLoop {
 public:
  /// Fault: the system has no descriptor left.
  RunResult<void> open();

  /// Returns the number under which an owner's sockets are watched. At most 255 owners, which must outlive the loop.
  std::uint8_t add_owner(SocketOwner& owner);
  /// From now on the owner hears when `fd` can be read or written. Neither: it is no longer watched.
  void watch(std::uint8_t owner, int fd, bool read, bool write);

  /// Waits until a socket is ready, wake() is called or `deadline` is reached, and calls the owners.
  void wait_until(Clock::time_point deadline);

  /// Ends the wait of the loop's thread. Thread-safe.
  void wake() noexcept;

 private:
  FileDescriptor epoll_;
  FileDescriptor event_;
  SocketOwner* owners_[256] = {};
  std::uint8_t owner_count_ = 0;
};

}  // namespace visionshard::fetching
