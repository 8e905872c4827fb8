#include "fetch/host_scheduler.h"

namespace visionshard::fetching {

HostQueue& HostScheduler::host(const std::string& name) {
  if (const auto found = entries_.find(name); found != entries_.end()) return *found->second.host;
  if (entries_.size() >= max_open && !idle_.empty()) forget_oldest();
  Entry& entry = entries_[name];
  entry.host = std::make_unique<HostQueue>(name, per_host_, backoff_);
  entry.is_idle = idle_.insert(idle_.end(), name);
  return *entry.host;
}

void HostScheduler::update(HostQueue& host) {
  Entry& entry = entries_.at(host.name());
  const auto place = host.ready_at();
  if (place != entry.place) {
    if (entry.place) order_.erase({*entry.place, &host});
    if (place) order_.emplace(*place, &host);
    entry.place = place;
  }
  if (const bool elsewhere = host.only_waits_elsewhere(); elsewhere != entry.only_waits_elsewhere) {
    entry.only_waits_elsewhere = elsewhere;
    elsewhere ? ++elsewhere_ : --elsewhere_;
  }
  if (host.is_idle() == entry.is_idle.has_value()) return;
  if (entry.is_idle) {
    idle_.erase(*entry.is_idle);
    entry.is_idle.reset();
  } else {
    entry.is_idle = idle_.insert(idle_.end(), host.name());
  }
}

HostQueue* HostScheduler::ready(Clock::time_point now) const {
  return order_.empty() || order_.begin()->first > now ? nullptr : order_.begin()->second;
}

std::optional<Clock::time_point> HostScheduler::next_ready() const {
  return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
}

void HostScheduler::forget_oldest() {
  const auto found = entries_.find(idle_.front());
  close_(*found->second.host);
  idle_.pop_front();
  entries_.erase(found);
}

void HostScheduler::close_all() {
  for (const auto& [name, entry] : entries_) close_(*entry.host);
  order_.clear();
  idle_.clear();
  entries_.clear();
  elsewhere_ = 0;
}

void HostScheduler::each(const std::function<void(const HostQueue&)>& visit) const {
  for (const auto& [name, entry] : entries_) visit(*entry.host);
}

}  // namespace visionshard::fetching
