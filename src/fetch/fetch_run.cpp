#include "fetch/fetch_run.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <visionshard/options.h>
#include <visionshard/version.h>

#include <algorithm>
#include <cmath>

namespace visionshard::fetching {
namespace {

// A connection has a socket, may leave one open that is kept for another request, and has a file for a long body.
RunResult<void> raise_file_limit(std::uint64_t connections) {
  constexpr rlim_t other_files = 96;  // bodies that are checked, the store, name servers
  const rlim_t needed = 3 * connections + other_files;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return {};
  if (limit.rlim_max < needed)
    return refusal(
        fmt::format("{} connections may open {} files, and the limit is {}; use fewer (--connections) or "
                    "raise the limit (ulimit -n)",
                    connections, needed, limit.rlim_max));
  limit.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_fault("the limit of open files", "raise", errno);
  return {};
}

// Names that are asked for at once.
constexpr std::size_t max_resolving = 128;
// Outcomes without a body that wait for the recorder.
constexpr std::size_t max_recordings = 2048;
// The longest wait of the loop: how soon it sees `stop`.
constexpr std::chrono::milliseconds max_wait{100};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

TransferOptions transfer_options(const FetchOptions& o) {
  TransferOptions t;
  t.connect_timeout = milliseconds(o.connect_timeout);
  t.total_timeout = milliseconds(o.timeout);
  t.stall_timeout = std::chrono::seconds(static_cast<std::int64_t>(std::max(1.0, o.stall_timeout)));
  t.max_body_bytes = o.max_body_bytes;
  t.user_agent = fmt::format("{}/{}{}", robot_name, version, o.contact.empty() ? "" : fmt::format(" (+{})", o.contact));
  t.ca_file = o.ca_file;
  t.proxy = o.proxy;
  return t;
}

}  // namespace

FetchRun::FetchRun(const FetchOptions& options, AddressGuard guard, Frontier& frontier, store::StoreWriter writer,
                   unsigned threads)
    : options_(options),
      guard_(std::move(guard)),
      frontier_(frontier),
      resolver_(loop_),
      transfers_(loop_, guard_, transfer_options(options)),
      hosts_(options.per_host, Seconds(options.backoff), [this](const HostQueue& host) { host_reports_.add(host); }),
      recorder_(std::move(writer), ImageOptions().max_pixels, threads, [this] { loop_.wake(); }) {}

RunResult<void> FetchRun::open() {
  VISIONSHARD_TRY(raise_file_limit(std::min<std::uint64_t>(options_.connections, frontier_.counts().to_fetch)));
  VISIONSHARD_TRY(loop_.open());
  VISIONSHARD_TRY(resolver_.open(options_.name_servers));
  VISIONSHARD_TRY(transfers_.open(options_.connections));
  // Some more than connections: images are checked while the next ones come.
  for (std::size_t i = options_.connections + std::min(options_.connections, 32u); i > 0; --i)
    free_bodies_.push_back(std::make_unique<store::BodyBuffer>(frontier_.paths().bodies()));
  return {};
}

RunResult<void> FetchRun::run(const std::atomic<bool>& stop, const OnFetchProgress& on_progress) {
  VISIONSHARD_TRY(open());
  while (!is_complete() && !stop && !fault_) {
    keep_fault(start_ready());
    loop_.wait_until(next_event());
    transfers_.process_timeouts();
    if (resolving_ > 0) resolver_.process_timeouts();
    take_recorded();
    if (transfers_.fault()) fault_ = transfers_.fault();
    if (const auto fault = recorder_.fault()) fault_ = fault;
    report(on_progress);
  }
  transfers_.cancel_all();
  keep_fault(recorder_.finish());
  take_recorded();
  if (fault_) return tl::unexpected(*fault_);
  return is_complete() ? RunResult<void>() : interrupted();
}

HostReports FetchRun::take_host_reports() {
  hosts_.close_all();
  return std::move(host_reports_);
}

bool FetchRun::is_complete() const {
  return !has_more_hosts_ && hosts_.busy() == 0 && transfers_.in_flight() == 0 && recordings_.empty();
}

Clock::time_point FetchRun::next_event() const {
  Clock::time_point next = std::min(Clock::now() + max_wait, transfers_.next_timeout());
  if (resolving_ > 0) next = std::min(next, resolver_.next_timeout());
  const bool can_start =
      !free_bodies_.empty() && transfers_.in_flight() < options_.connections && recordings_.size() < max_recordings;
  if (const auto ready = hosts_.next_ready(); ready && can_start) next = std::min(next, *ready);
  return next;
}

RunResult<void> FetchRun::start_ready() {
  const auto now = Clock::now();
  while (recordings_.size() < max_recordings) {
    HostQueue* const host = hosts_.ready(now);
    const bool has_connection = !free_bodies_.empty() && transfers_.in_flight() < options_.connections;
    if (host == nullptr) {
      const bool may_open = has_more_hosts_ && has_connection && hosts_.has_place() && resolving_ < max_resolving;
      if (!may_open || !VISIONSHARD_TRY(open_next_host())) return {};
      continue;
    }
    if (!host->failure && !has_connection) return {};
    VISIONSHARD_TRY(start_next(*host));
    hosts_.update(*host);
  }
  return {};
}

RunResult<bool> FetchRun::open_next_host() {
  const auto entries = VISIONSHARD_TRY(frontier_.next_host());
  has_more_hosts_ = entries.has_value();
  if (!entries) return false;
  ++hosts_begun_;
  const FrontierEntry first = VISIONSHARD_TRY(frontier_.entry(entries->first));
  const auto url = read_web_url(VISIONSHARD_TRY(frontier_.url(first)));
  // Those that cannot be read are together, under a name that no host has.
  HostQueue& host = hosts_.host(url ? url->host : "");
  host.add_entries(*entries);
  hosts_.update(host);
  return true;
}

RunResult<std::unique_ptr<UrlJob>> FetchRun::job_of(std::uint64_t entry) {
  const FrontierEntry found = VISIONSHARD_TRY(frontier_.entry(entry));
  auto job = std::make_unique<UrlJob>();
  job->url = VISIONSHARD_TRY(frontier_.url(found));
  job->key = store::url_key(job->url);
  if (found.prior.task != UINT32_MAX)
    job->prior = VISIONSHARD_TRY(
        store::read_record_at(frontier_.paths(), frontier_.prior_tasks()[found.prior.task], found.prior.offset));
  return job;
}

RunResult<void> FetchRun::start_next(HostQueue& host) {
  const auto now = Clock::now();
  if (!host.failure && !host.name().empty() && options_.proxy.empty() && host.addresses_until <= now) {
    resolve(host);
    return {};
  }
  HostQueue::Next next = host.take(now);
  if (!next.job) {
    next.job = VISIONSHARD_TRY(job_of(next.entry));
    auto target = read_web_url(next.job->url);
    if (!target) {
      fail(host, std::move(next.job), nullptr,
           {ResponseClass::Kind::failed, FaultCode::url_unreachable, false, false, "no URL: " + target.error()});
      return {};
    }
    next.job->target = std::move(*target);
  }
  UrlJob& job = *next.job;
  const auto& ports = options_.ports;
  if (host.failure) {
    job.tries = options_.tries;
    fail(host, std::move(next.job), nullptr,
         {ResponseClass::Kind::failed, host.failure->code, host.failure->transient, false, host.failure->detail});
  } else if (std::find(ports.begin(), ports.end(), job.target.port) == ports.end()) {
    host.report.given_up = fmt::format("port {} is not among --ports", job.target.port);
    fail(host, std::move(next.job), nullptr,
         {ResponseClass::Kind::failed, FaultCode::url_unreachable, false, false, host.report.given_up});
  } else if (!has_robots(host, job)) {
    host.add(std::move(next.job), now);
  } else if (!job.is_robots() && options_.robots == Robots::full &&
             !host.robots.at(job.target.origin()).allows(job.target.path)) {
    fail(host, std::move(next.job), nullptr,
         {ResponseClass::Kind::failed, FaultCode::url_opted_out, false, false,
          "the host's robots.txt does not allow it"});
  } else {
    request(host, std::move(next.job));
  }
  return {};
}

bool FetchRun::has_robots(HostQueue& host, UrlJob& job) {
  if (options_.robots != Robots::full || job.is_robots()) return true;
  const std::string origin = job.target.origin();
  if (host.robots.contains(origin)) return true;
  auto robots = std::make_unique<UrlJob>();
  robots->url = origin + "/robots.txt";
  robots->robots_origin = origin;
  robots->robots_host = host.name();
  if (auto target = read_web_url(robots->url)) robots->target = std::move(*target);
  host.waits_for_robots = true;
  host.add(std::move(robots), Clock::time_point::min());
  return false;
}

void FetchRun::resolve(HostQueue& host) {
  host.is_resolving = true;
  ++resolving_;
  hosts_.update(host);
  resolver_.resolve(host.name(), [this, &host](Resolution resolution) {
    --resolving_;
    host.is_resolving = false;
    apply_resolution(host, std::move(resolution));
    hosts_.update(host);
  });
}

void FetchRun::apply_resolution(HostQueue& host, Resolution resolution) {
  const auto now = Clock::now();
  switch (resolution.status) {
    case Resolution::Status::no_such_name:
      host.failure = HostFailure{FaultCode::url_unreachable, false, std::move(resolution.detail)};
      return;
    case Resolution::Status::failed:
      if (++host.name_failures >= options_.tries)
        host.failure = HostFailure{FaultCode::url_unreachable, true, std::move(resolution.detail)};
      else
        host.pace().park(now + std::chrono::duration_cast<Clock::duration>(
                                   backoff(host.name_failures, Seconds(options_.backoff), random_)));
      return;
    case Resolution::Status::found: break;
  }
  host.name_failures = 0;
  host.addresses = std::move(resolution.addresses);
  std::erase_if(host.addresses, [&](const Address& address) { return !guard_.allows(address); });
  host.addresses_until = now + resolution.valid_for;
  if (host.addresses.empty())
    host.failure =
        HostFailure{FaultCode::url_private, false, "the host's address is not public; --allow-address opens ranges"};
}

void FetchRun::request(HostQueue& host, std::unique_ptr<UrlJob> job) {
  Request request;
  request.url = job->target;
  job->address = host.next_address;
  if (!host.addresses.empty()) request.address = host.addresses[host.next_address % host.addresses.size()];
  if (job->is_robots()) {
    request.max_body_bytes = max_robots_bytes;
    request.honor_opt_out = false;
  } else {
    request.honor_opt_out = options_.robots != Robots::ignore;
  }
  if (job->prior) {
    if (!job->prior->etag.empty()) request.headers.push_back("If-None-Match: " + job->prior->etag);
    if (!job->prior->last_modified.empty())
      request.headers.push_back("If-Modified-Since: " + job->prior->last_modified);
  }
  Body owned = take_body();
  store::BodyBuffer& body = *owned;
  host.begin(Clock::now());
  // std::function must be copyable; the call takes both over, once.
  const auto held = std::make_shared<std::pair<std::unique_ptr<UrlJob>, Body>>(std::move(job), std::move(owned));
  transfers_.start(request, body, [this, &host, held](Response response) {
    take_response(host, std::move(held->first), std::move(held->second), std::move(response));
    hosts_.update(host);
  });
}

FetchRun::Body FetchRun::take_body() {
  Body body = std::move(free_bodies_.back());
  free_bodies_.pop_back();
  return body;
}

void FetchRun::report(const OnFetchProgress& on_progress) {
  constexpr std::chrono::milliseconds interval{200};
  const auto now = Clock::now();
  if (!on_progress || now - reported_ < interval) return;
  reported_ = now;
  FetchProgress progress;
  progress.counts = counts_;
  progress.urls = frontier_.counts().to_fetch;
  progress.hosts_open = hosts_.busy();
  progress.hosts_left = frontier_.counts().hosts - hosts_begun_;
  progress.in_flight = transfers_.in_flight();
  std::vector<std::pair<double, std::string>> slowest;
  hosts_.each([&](const HostQueue& host) {
    if (!host.is_idle()) slowest.emplace_back(host.pace().gap().count(), host.name());
  });
  const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, slowest.size()));
  std::partial_sort(slowest.begin(), slowest.begin() + count, slowest.end(), std::greater<>());
  for (auto it = slowest.begin(); it != slowest.begin() + count; ++it)
    progress.slowest.push_back(std::move(it->second));
  on_progress(progress);
}

}  // namespace visionshard::fetching
