#include "fetch/host_report.h"

#include <algorithm>
#include <tuple>

namespace visionshard::fetching {
namespace {

bool comes_first(const HostReport& a, const HostReport& b) {
  return std::tuple(b.urls, b.requests, a.host) < std::tuple(a.urls, a.requests, b.host);
}

}  // namespace

void HostReports::add(const HostQueue& host) {
  HostReport report = host.report;
  report.latency = host.pace().latency().count();
  if (host.failure) report.given_up = host.failure->detail;
  reports_.push_back(std::move(report));
  std::push_heap(reports_.begin(), reports_.end(), comes_first);
  if (reports_.size() <= max_host_reports) return;
  std::pop_heap(reports_.begin(), reports_.end(), comes_first);
  reports_.pop_back();
  ++more_hosts_;
}

std::vector<HostReport> HostReports::take() {
  std::sort(reports_.begin(), reports_.end(), comes_first);
  return std::move(reports_);
}

void count_outcome(HostReport& report, const store::UrlRecord& record, std::uint64_t bytes) {
  if (!record.failure) {
    ++report.fetched;
    report.bytes += bytes;
    return;
  }
  switch (*record.failure) {
    case FaultCode::url_unreachable: ++report.dead; break;
    case FaultCode::url_status:
      ++(record.status == 401 || record.status == 403 || record.status == 429 ? report.refused : report.dead);
      break;
    case FaultCode::url_private:
    case FaultCode::url_opted_out: ++report.refused; break;
    default: ++report.unusable; break;
  }
}

}  // namespace visionshard::fetching
