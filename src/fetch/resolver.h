// Names to addresses by c-ares, in the event loop: libcurl's own resolver has threads that a transfer's end waits for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fetch/address_guard.h"
#include "fetch/event_loop.h"

namespace visionshard::fetching {

struct Resolution {
  enum class Status { found, no_such_name, failed };

  Status status = Status::failed;
  std::vector<Address> addresses;  // found: at least one; those of IPv4 first
  std::chrono::seconds valid_for{0};
  std::string detail;  // on a failure
};

/// For the loop's thread alone.
class Resolver final : SocketOwner {
 public:
  /// `loop` must outlive it.
  explicit Resolver(EventLoop& loop);
  ~Resolver() override;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `servers`: "ADDRESS[:PORT],..." in place of the system's; empty: the system's. Fault: they are no addresses, or
  /// the library does not start.
  RunResult<void> open(const std::string& servers);

  using Answer = std::function<void(Resolution)>;
  /// Calls `answer` once, at once or from the loop, and not after the resolver's end. A number in any of the spellings
  /// that the system takes is its own answer.
  void resolve(const std::string& host, Answer answer);

  /// When process_timeouts() is next needed.
  Clock::time_point next_timeout() const;
  void process_timeouts();

 private:
  struct Library;

  void on_socket(int fd, bool can_read, bool can_write, bool has_error) override;

  EventLoop& loop_;
  std::uint8_t owner_;
  std::unique_ptr<Library> library_;
};

}  // namespace visionshard::fetching
