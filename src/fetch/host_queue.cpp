#include "fetch/host_queue.h"

#include <algorithm>

namespace visionshard::fetching {
namespace {

// With so many jobs that wait no new URL is begun: they stay few in memory, and a host in trouble is not asked for ever
// more.
constexpr std::size_t max_waiting = 64;

}  // namespace

void HostQueue::add_entries(const HostEntries& entries) {
  next_entry_ = entries.first;
  end_entry_ = entries.first + entries.urls;
  report.urls += entries.urls;
}

void HostQueue::add(std::unique_ptr<UrlJob> job, Clock::time_point not_before) {
  auto& queue = job->is_robots() ? robots_ : waiting_;
  queue.emplace(not_before, std::move(job));
}

std::optional<Clock::time_point> HostQueue::ready_at() const {
  if (is_resolving || !has_work()) return std::nullopt;
  // Without requests there is no pace to keep.
  if (failure) return Clock::time_point::min();
  if (active_ >= per_host_) return std::nullopt;
  Clock::time_point work = robots_.empty() ? Clock::time_point::max() : robots_.begin()->first;
  if (!waits_for_robots) {
    if (!waiting_.empty()) work = std::min(work, waiting_.begin()->first);
    if (next_entry_ < end_entry_ && waiting_.size() + away_ < max_waiting) work = Clock::time_point::min();
  }
  if (work == Clock::time_point::max()) return std::nullopt;
  return std::max(work, pace_.next_start());
}

HostQueue::Next HostQueue::take(Clock::time_point now) {
  const auto take_from = [](auto& queue) -> Next { return {std::move(queue.extract(queue.begin()).mapped()), 0}; };
  const auto is_due = [&](const auto& queue) { return !queue.empty() && (failure || queue.begin()->first <= now); };
  if (is_due(robots_)) return take_from(robots_);
  if (is_due(waiting_)) return take_from(waiting_);
  return {nullptr, next_entry_++};
}

void HostQueue::send_away(UrlJob& job) noexcept {
  if (job.source != nullptr) return;
  job.source = this;
  ++away_;
}

void HostQueue::begin(Clock::time_point now) {
  ++active_;
  report.max_requests = std::max(report.max_requests, active_);
  pace_.start(now);
}

}  // namespace visionshard::fetching
