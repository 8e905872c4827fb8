// What is to be requested of one host, and when.
#pragma once

#include <visionshard/fetch.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/address_guard.h"
#include "fetch/frontier.h"
#include "fetch/pace.h"
#include "fetch/robots_rules.h"
#include "fetch/web_url.h"
#include "store/url_record.h"

namespace visionshard::fetching {

class HostQueue;

/// One URL on its way to an outcome.
struct UrlJob {
  store::UrlKey key{};
  std::string url;  // as the input has it
  WebUrl target;    // of the next request: the URL, or what it was redirected to
  unsigned redirects = 0;
  unsigned tries = 0;       // of all its requests
  double seconds = 0;       // of its last try, with the redirects before it
  std::size_t address = 0;  // HostQueue::next_address at its last request
  // Whose URL it is, where it was redirected to another host.
  HostQueue* source = nullptr;
  std::optional<store::UrlRecord> prior;
  // Of a robots.txt, in place of an image: what it is for.
  std::string robots_origin;
  std::string robots_host;

  bool is_robots() const noexcept { return !robots_origin.empty(); }
};

/// Why a host is asked no more.
struct HostFailure {
  FaultCode code = FaultCode::url_unreachable;
  bool transient = false;
  std::string detail;
};

/// A host begins no new URL while many of its own wait: for another try, or at hosts that they were redirected to. So
/// the URLs in memory stay few even where a host redirects faster than the other one may be asked.
class HostQueue {
 public:
  HostQueue(std::string name, unsigned per_host, Seconds backoff) : per_host_(per_host), pace_(per_host, backoff) {
    report.host = std::move(name);
  }

  const std::string& name() const noexcept { return report.host; }
  Pace& pace() noexcept { return pace_; }
  const Pace& pace() const noexcept { return pace_; }

  /// URLs of the frontier.
  void add_entries(const HostEntries& entries);
  void add(std::unique_ptr<UrlJob> job, Clock::time_point not_before);

  bool has_work() const noexcept { return !robots_.empty() || !waiting_.empty() || next_entry_ < end_entry_; }
  bool is_idle() const noexcept { return is_done_here() && away_ == 0; }
  /// Whether all that is left of its URLs are some that were redirected to other hosts.
  bool only_waits_elsewhere() const noexcept { return is_done_here() && away_ > 0; }
  unsigned active() const noexcept { return active_; }

  /// When the next request may begin; nothing while there is none, or it has to wait for an event.
  std::optional<Clock::time_point> ready_at() const;

  /// What comes next: a job that waits, or else the number of an entry of the frontier. Only where ready_at() is.
  struct Next {
    std::unique_ptr<UrlJob> job;
    std::uint64_t entry = 0;
  };
  Next take(Clock::time_point now);

  /// A request begins, and ends.
  void begin(Clock::time_point now);
  void end() noexcept { --active_; }

  /// One of its URLs goes to another host; and has its outcome.
  void send_away(UrlJob& job) noexcept;
  void end_away() noexcept { --away_; }

  /// The outcome of one of its requests is being recorded; and is.
  void begin_recording() noexcept { ++recording_; }
  void end_recording() noexcept { --recording_; }

  bool is_resolving = false;
  bool waits_for_robots = false;  // only a robots.txt may be requested
  std::vector<Address> addresses;
  Clock::time_point addresses_until{};
  std::size_t next_address = 0;  // its number, of as many as there are, from the start again
  unsigned name_failures = 0;
  std::map<std::string, RobotsRules> robots;  // by origin
  std::optional<HostFailure> failure;
  unsigned unreachable_in_a_row = 0;  // URLs, since the last answer
  HostReport report;

 private:
  bool is_done_here() const noexcept {
    return !has_work() && active_ == 0 && recording_ == 0 && !is_resolving && !waits_for_robots;
  }

  unsigned per_host_;
  Pace pace_;
  unsigned active_ = 0;
  std::size_t recording_ = 0;
  std::size_t away_ = 0;
  std::multimap<Clock::time_point, std::unique_ptr<UrlJob>> robots_, waiting_;
  std::uint64_t next_entry_ = 0, end_entry_ = 0;
};

}  // namespace visionshard::fetching
