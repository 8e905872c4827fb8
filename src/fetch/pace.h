// How fast one host is asked. Pure: the times are given.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

#include "fetch/event_loop.h"

namespace visionshard::fetching {

using Seconds = std::chrono::duration<double>;

/// With N requests at once allowed, two requests begin at least an N-th of the host's latency apart: what is natural
/// while it answers well. Every trouble doubles that, and only answers shorten it again, slowly.
class Pace {
 public:
  /// `first_gap` after a failure where no latency is known.
  Pace(unsigned per_host, Seconds first_gap) : per_host_(per_host), first_gap_(first_gap) {}

  /// A request began.
  void start(Clock::time_point now) noexcept;
  /// The host answered, in this time.
  void succeed(Seconds latency) noexcept;
  /// It said that it has too much to do, or did not answer.
  void fail(Seconds latency) noexcept;
  /// It wants to be left alone until then.
  void park(Clock::time_point until) noexcept { parked_until_ = std::max(parked_until_, until); }

  /// Before this no request may begin.
  Clock::time_point next_start() const noexcept { return std::max(next_start_, parked_until_); }
  Seconds latency() const noexcept { return latency_; }
  Seconds gap() const noexcept;

 private:
  unsigned per_host_;
  Seconds first_gap_;
  Seconds latency_{0};  // a running mean; 0: none is known
  double penalty_ = 1;
  Clock::time_point last_start_{};
  Clock::time_point next_start_{};
  Clock::time_point parked_until_{};
};

/// The wait before try `tries + 1` of a URL: evenly distributed between 0 and `base` x 2^(tries - 1), at most a minute
/// (exponential backoff with full jitter).
Seconds backoff(unsigned tries, Seconds base, std::minstd_rand& random);

}  // namespace visionshard::fetching
