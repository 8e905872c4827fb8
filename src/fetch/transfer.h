// Requests by libcurl, any number at once, driven by the thread of an event loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/address_guard.h"
#include "fetch/event_loop.h"
#include "fetch/response.h"
#include "fetch/web_url.h"
#include "store/body_buffer.h"

namespace visionshard::fetching {

/// The same for all requests.
struct TransferOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{60'000};
  std::chrono::seconds stall_timeout{10};  // below 1 kB/s for so long
  std::uint64_t max_body_bytes = 64'000'000;
  std::string user_agent;
  std::string ca_file;  // empty: the system's
  std::string proxy;    // empty: none, whatever the environment says
};

struct Request {
  WebUrl url;
  std::optional<Address> address;  // to connect to; nothing where the proxy finds it
  std::vector<std::string> headers;
  std::uint64_t max_body_bytes = 0;  // 0: that of the options
  bool honor_opt_out = true;         // of the headers
};

/// For the loop's thread alone.
class TransferPool final : SocketOwner {
 public:
  TransferPool(EventLoop& loop, const AddressGuard& guard, TransferOptions options);
  ~TransferPool() override;
  TransferPool(const TransferPool&) = delete;
  TransferPool& operator=(const TransferPool&) = delete;

  /// `connections` are kept open at most. Fault: the library does not start.
  RunResult<void> open(std::size_t connections);

  /// Calls done(response) from the loop, later, once; it may start another request. The body of a response with status
  /// 200 is in `body`, which must live until then.
  using Done = std::function<void(Response)>;
  void start(const Request& request, store::BodyBuffer& body, Done done);

  std::size_t in_flight() const noexcept { return in_flight_; }
  /// A body could not be written to its file: the run's end.
  const std::optional<RunFault>& fault() const noexcept { return fault_; }

  Clock::time_point next_timeout() const noexcept { return timeout_; }
  /// Also finishes what is complete.
  void process_timeouts();
  /// Ends all transfers without calling anyone.
  void cancel_all();

 private:
  struct Library;
  struct Transfer;

  void on_socket(int fd, bool can_read, bool can_write, bool has_error) override;
  void finish_complete();
  std::unique_ptr<Transfer> make_transfer();

  EventLoop& loop_;
  const AddressGuard& guard_;
  TransferOptions options_;
  std::uint8_t owner_;
  std::unique_ptr<Library> library_;
  std::vector<std::unique_ptr<Transfer>> all_;
  std::vector<Transfer*> idle_;
  std::size_t in_flight_ = 0;
  Clock::time_point timeout_ = Clock::time_point::max();
  std::optional<RunFault> fault_;
};

}  // namespace visionshard::fetching
