// What FetchRun does with a response: another request, another try, or an outcome.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/printable_url.h"
#include "fetch/fetch_run.h"

namespace visionshard::fetching {
namespace {

using Kind = ResponseClass::Kind;

constexpr unsigned max_redirects = 5;
constexpr std::uint64_t max_park_seconds = 15 * 60;
// A host none of whose last URLs answered, with all their tries, is not asked for the others too.
constexpr unsigned max_unreachable_in_a_row = 5;

std::int64_t seconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint64_t milliseconds_since_1970() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

// Also with an error, or with a body that was cut short; a proxy's answer is not the host's.
bool is_answer(const Response& response) {
  return response.status != 0 && response.end != TransferEnd::refused_by_proxy;
}

store::UrlRecord record_of(const UrlJob& job, const Response* response) {
  store::UrlRecord record;
  record.key = job.key;
  record.url = printable_url(job.url);
  record.redirects = static_cast<std::uint16_t>(job.redirects);
  record.elapsed_ms = static_cast<std::uint32_t>(std::llround(std::min(job.seconds, 1e6) * 1000));
  record.time_ms = milliseconds_since_1970();
  if (response == nullptr) return record;
  record.status = response->status;
  record.etag = response->headers.etag;
  record.last_modified = response->headers.last_modified;
  record.content_type = response->headers.content_type;
  return record;
}

}  // namespace

void FetchRun::take_response(HostQueue& host, std::unique_ptr<UrlJob> job, Body body, Response response) {
  host.end();
  ++host.report.requests;
  ++counts_.requests;
  job->seconds += response.seconds;
  ResponseClass result = classify_response(response, job->prior.has_value());
  if (result.is_overload) {
    host.pace().fail(Seconds(response.seconds));
    if (const auto wait = read_retry_after(response.headers.retry_after, seconds_since_1970()))
      host.pace().park(Clock::now() + std::chrono::seconds(std::min(*wait, max_park_seconds)));
    // Two requests that failed at one address are no reason to leave out the next.
    if (response.end == TransferEnd::not_connected) host.next_address = std::max(host.next_address, job->address + 1);
  } else {
    host.pace().succeed(Seconds(response.seconds));
  }
  if (!result.is_overload || is_answer(response)) host.unreachable_in_a_row = 0;
  if (job->is_robots()) {
    take_robots(host, std::move(job), *body, response, std::move(result));
  } else if (result.kind == Kind::body) {
    store::UrlRecord record = record_of(*job, &response);
    const bool may_be_cut_short = !response.headers.has_length && job->tries + 1 < options_.tries;
    return this->record(std::move(job), std::move(record), std::move(body), may_be_cut_short,
                        std::move(response.unknown_encoding));
  } else if (result.kind == Kind::not_modified) {
    store::UrlRecord record = record_of(*job, &response);
    // A 304 need not repeat them.
    if (record.etag.empty()) record.etag = job->prior->etag;
    if (record.last_modified.empty()) record.last_modified = job->prior->last_modified;
    record.content_type = job->prior->content_type;
    record.body = job->prior->body;
    ++counts_.unchanged;
    this->record(std::move(job), std::move(record), nullptr);
  } else if (result.kind == Kind::redirect) {
    follow_redirect(host, std::move(job), response);
  } else {
    fail(host, std::move(job), &response, std::move(result));
  }
  free_bodies_.push_back(std::move(body));
}

void FetchRun::follow_redirect(HostQueue& host, std::unique_ptr<UrlJob> job, const Response& response) {
  if (++job->redirects > max_redirects)
    return fail(
        host, std::move(job), &response,
        {Kind::failed, FaultCode::url_status, false, false, fmt::format("more than {} redirects", max_redirects)});
  auto target = read_redirect(job->target, response.headers.location);
  if (!target)
    return fail(host, std::move(job), &response,
                {Kind::failed, FaultCode::url_status, false, false, "redirected to no http(s) URL: " + target.error()});
  if (host_hash(target->host) % options_.tasks != options_.task) {
    job->tries = options_.tries;  // not again in this run
    return fail(
        host, std::move(job), &response,
        {Kind::failed, FaultCode::url_status, true, false,
         fmt::format("redirected to {}, a host of another task; the last run, without --task, follows", target->host)});
  }
  job->target = std::move(*target);
  if (job->target.host != host.name() && !job->is_robots()) host.send_away(*job);
  HostQueue& next = hosts_.host(job->target.host);
  next.add(std::move(job), Clock::time_point::min());
  hosts_.update(next);
}

void FetchRun::take_robots(HostQueue& host, std::unique_ptr<UrlJob> job, store::BodyBuffer& body,
                           const Response& response, ResponseClass result) {
  if (result.kind == Kind::redirect && job->redirects < max_redirects)
    return follow_redirect(host, std::move(job), response);
  // There may be rules, though they cannot be read: as with an error of the server. An encoding that was not asked for
  // and is unknown is no word of the server that there are none.
  if (response.end == TransferEnd::bad_encoding || !response.unknown_encoding.empty())
    result = {Kind::failed, FaultCode::url_unreachable, true, false, "its Content-Encoding is not known"};
  if (result.kind == Kind::failed && result.transient) return fail(host, std::move(job), &response, std::move(result));
  HostQueue& owner = hosts_.host(job->robots_host);
  RobotsRules& rules = owner.robots[job->robots_origin];
  // Whatever is longer than the limit is cut off (RFC 9309, section 2.5). Of any other end there are no rules
  // (2.3.1.3).
  if (result.kind == Kind::body || response.end == TransferEnd::body_too_large) {
    Bytes spare;
    if (const auto text = body.view(spare)) rules = RobotsRules(as_text(*text));
  }
  owner.waits_for_robots = false;
  hosts_.update(owner);
}

void FetchRun::fail(HostQueue& host, std::unique_ptr<UrlJob> job, const Response* response, ResponseClass result) {
  if (result.transient && ++job->tries < options_.tries) {
    const auto wait = backoff(job->tries, Seconds(options_.backoff), random_);
    job->seconds = 0;
    host.add(std::move(job), Clock::now() + std::chrono::duration_cast<Clock::duration>(wait));
    return hosts_.update(host);
  }
  if (result.transient && response != nullptr && !is_answer(*response) && !host.failure &&
      ++host.unreachable_in_a_row >= max_unreachable_in_a_row)
    host.failure = HostFailure{
        FaultCode::url_unreachable, true,
        fmt::format("given up after {} URLs without an answer; {}", max_unreachable_in_a_row, result.detail)};
  if (job->is_robots()) {
    // Unreachable rules forbid everything (RFC 9309, section 2.3.1.4), but only until they can be read.
    HostQueue& owner = hosts_.host(job->robots_host);
    owner.failure =
        HostFailure{FaultCode::url_unreachable, result.transient, "robots.txt cannot be read: " + result.detail};
    owner.waits_for_robots = false;
    return hosts_.update(owner);
  }
  // An image that is there is not given up because its host is in trouble.
  store::UrlRecord record = record_of(*job, response);
  record.failure = result.code;
  record.transient = result.transient;
  record.detail = std::move(result.detail);
  if (result.transient && job->prior) return end(host, *job, record, 0);
  this->record(std::move(job), std::move(record), nullptr);
}

void FetchRun::record(std::unique_ptr<UrlJob> job, store::UrlRecord record, Body body, bool may_be_cut_short,
                      std::string unknown_encoding) {
  hosts_.host(job->target.host).begin_recording();
  Recorder::Work work;
  work.id = next_recording_++;
  work.body = body.get();
  work.may_be_cut_short = may_be_cut_short;
  work.unknown_encoding = std::move(unknown_encoding);
  work.record = std::move(record);
  recordings_.emplace(work.id, Recording{std::move(job), std::move(body)});
  recorder_.add(std::move(work));
}

void FetchRun::take_recorded() {
  for (Recorder::Result& result : recorder_.take_results()) {
    const auto found = recordings_.find(result.id);
    Recording recording = std::move(found->second);
    recordings_.erase(found);
    if (recording.body) free_bodies_.push_back(std::move(recording.body));
    HostQueue& host = hosts_.host(recording.job->target.host);
    host.end_recording();
    if (result.is_recorded)
      end(host, *recording.job, result.record, result.bytes);
    else if (result.fault)
      fail(host, std::move(recording.job), nullptr,
           {Kind::failed, FaultCode::url_not_image, true, true, std::move(result.fault->detail)});
    hosts_.update(host);
  }
}

void FetchRun::end(HostQueue& host, const UrlJob& job, const store::UrlRecord& record, std::uint64_t bytes) {
  if (job.source != nullptr) {
    job.source->end_away();
    hosts_.update(*job.source);
  }
  ++counts_.done;
  count_outcome(host.report, record, bytes);
  if (!record.failure) {
    ++counts_.fetched;
    counts_.bytes += bytes;
    return;
  }
  ++counts_.failures[*record.failure];
  counts_.transient += record.transient;
}

}  // namespace visionshard::fetching
