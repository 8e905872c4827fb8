// What became of each host's URLs.
#pragma once

#include <visionshard/fetch.h>

#include <vector>

#include "fetch/host_queue.h"

namespace visionshard::fetching {

/// Keeps those of the hosts with the most URLs. Not thread-safe.
class HostReports {
 public:
  void add(const HostQueue& host);

  /// The host with the most URLs first.
  std::vector<HostReport> take();
  std::uint64_t more_hosts() const noexcept { return more_hosts_; }

 private:
  std::vector<HostReport> reports_;  // a heap
  std::uint64_t more_hosts_ = 0;
};

/// Counts an outcome for its host.
void count_outcome(HostReport& report, const store::UrlRecord& record, std::uint64_t bytes);

}  // namespace visionshard::fetching
