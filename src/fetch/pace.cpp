#include "fetch/pace.h"

#include <algorithm>
#include <cmath>

namespace visionshard::fetching {
namespace {

constexpr double weight = 0.2;      // of the newest latency
constexpr double max_penalty = 16;  // four troubles in a row
constexpr double recovery = 0.9;    // the penalty after each answer: seven answers undo a trouble
constexpr Seconds max_gap{30};
constexpr Seconds max_backoff{60};

}  // namespace

Seconds Pace::gap() const noexcept { return std::min(max_gap, latency_ * penalty_ / per_host_); }

void Pace::start(Clock::time_point now) noexcept {
  last_start_ = now;
  next_start_ = now + std::chrono::duration_cast<Clock::duration>(gap());
}

void Pace::succeed(Seconds latency) noexcept {
  latency_ = latency_ == Seconds(0) ? latency : latency_ + weight * (latency - latency_);
  penalty_ = std::max(1.0, penalty_ * recovery);
}

void Pace::fail(Seconds latency) noexcept {
  // A refusal comes fast, and is no reason to ask faster.
  const Seconds seen = latency_ == Seconds(0) ? std::max(latency, first_gap_) : latency;
  latency_ = std::max(latency_, latency_ + weight * (seen - latency_));
  penalty_ = std::min(max_penalty, penalty_ * 2);
  next_start_ = std::max(next_start_, last_start_ + std::chrono::duration_cast<Clock::duration>(gap()));
}

Seconds backoff(unsigned tries, Seconds base, std::minstd_rand& random) {
  const Seconds most = std::min(max_backoff, base * std::ldexp(1.0, static_cast<int>(std::clamp(tries, 1u, 30u)) - 1));
  return most * std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace visionshard::fetching
