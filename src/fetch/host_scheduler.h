// The open hosts, in the order in which their next requests may begin.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "fetch/host_queue.h"

namespace visionshard::fetching {

/// Not thread-safe.
class HostScheduler {
 public:
  /// `close(report)` is called for each host when it is forgotten.
  HostScheduler(unsigned per_host, Seconds backoff, std::function<void(const HostQueue&)> close)
      : per_host_(per_host), backoff_(backoff), close_(std::move(close)) {}

  /// The host, which is opened where it is not open.
  HostQueue& host(const std::string& name);
  /// After every change of a host: finds its new place.
  void update(HostQueue& host);

  /// A host whose next request may begin now; nullptr: there is none.
  HostQueue* ready(Clock::time_point now) const;
  /// When there will be one, as far as only time is needed.
  std::optional<Clock::time_point> next_ready() const;

  /// Hosts that have work.
  std::size_t busy() const noexcept { return entries_.size() - idle_.size(); }
  /// Whether more hosts may be begun. Hosts without work are remembered for their pace and their robots.txt, as long as
  /// there is place; those with work are never forgotten. Up to max_elsewhere whose URLs all wait at other hosts take
  /// no place, so that one host to which many redirect does not stop the others.
  bool has_place() const noexcept { return busy() - std::min(elsewhere_, max_elsewhere) < max_open; }
  void close_all();
  /// visit(host), for each.
  void each(const std::function<void(const HostQueue&)>& visit) const;

  static constexpr std::size_t max_open = 4096, max_elsewhere = 4 * max_open;

 private:
  struct Entry {
    std::unique_ptr<HostQueue> host;
    std::optional<Clock::time_point> place;                   // in order_
    std::optional<std::list<std::string>::iterator> is_idle;  // its place in idle_
    bool only_waits_elsewhere = false;
  };

  void forget_oldest();

  unsigned per_host_;
  Seconds backoff_;
  std::function<void(const HostQueue&)> close_;
  std::unordered_map<std::string, Entry> entries_;
  std::set<std::pair<Clock::time_point, HostQueue*>> order_;
  std::list<std::string> idle_;  // the longest without work first
  std::size_t elsewhere_ = 0;    // hosts that only wait elsewhere
};

}  // namespace visionshard::fetching
