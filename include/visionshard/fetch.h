// The images that a corpus names by URL, downloaded into a store. convert() and check() read the store and never open a
// socket, so that the same store gives the same bytes on any number of machines.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace visionshard {

/// Which wishes of a site are honored: those in response headers (X-Robots-Tag, TDM-Reservation), also robots.txt, or
/// none.
enum class Robots : std::uint8_t { headers, full, ignore };

/// Which URLs of those that the store knows are requested again: those that failed in a way that may not happen again,
/// all that failed (other options may allow them), or all. With `all` an image is transferred only where it has changed
/// (ETag, Last-Modified).
enum class Retry : std::uint8_t { transient, failures, all };

/// Options of fetch(). Times are in seconds.
struct FetchOptions {
  std::vector<std::string> inputs;  // files, directories, or "-" for standard input
  std::string store;                // a directory; made where there is none
  std::string contact;              // an e-mail address or a page, for the user agent
  unsigned per_host = 2;            // requests at a host at once
  unsigned connections = 64;        // requests in all at once
  Robots robots = Robots::headers;
  Retry retry = Retry::transient;
  bool accept_failures = false;  // seal the store though URLs failed in a way that may not happen again
  std::uint64_t task = 0;        // this task requests of hosts whose hash is `task` modulo `tasks`
  std::uint64_t tasks = 1;

  double connect_timeout = 10;
  double timeout = 60;        // of a request in all
  double stall_timeout = 10;  // below 1 kB/s for so long; at least 1
  std::uint64_t max_body_bytes = 64'000'000;
  unsigned tries = 5;
  double backoff = 1;  // the most after the first try; twice as much after each further one
  std::vector<std::uint16_t> ports = {80, 443};
  std::vector<std::string> allowed_addresses;  // ranges such as "10.0.0.0/8" that may be connected to though not public
  std::string ca_file;                         // certificates that are trusted in place of the system's
  std::string proxy;                           // empty: none, whatever the environment says
  std::string name_servers;                    // "ADDRESS[:PORT],..." in place of the system's

  std::uint64_t max_line_bytes = 256ull << 20;
  unsigned threads = 0;            // that read the input and check images; 0: all usable processors
  std::uint64_t memory_bytes = 0;  // for reading the input; 0: a quarter of RAM, at most 2 GiB
  bool sync = true;                // flush to the disk, so that a power loss costs little
};

/// One host's part of a run. A host has no port here, and no user.
struct HostReport {
  std::string host;
  std::uint64_t urls = 0;      // to fetch, of the inputs
  std::uint64_t requests = 0;  // that were answered or failed, redirects and further tries among them
  std::uint64_t fetched = 0;   // images
  std::uint64_t dead = 0;      // URLs that ended unreachable, or with a status that is no refusal
  std::uint64_t refused = 0;   // URLs that ended with 401, 403 or 429, private or opted out
  std::uint64_t unusable = 0;  // URLs that gave no image, or one that is too large
  std::uint64_t bytes = 0;     // of the images
  double latency = 0;          // of a request, a running mean
  unsigned max_requests = 0;   // at once
  std::string given_up;        // a sentence, where URLs of the host were not requested, or it did not answer
};

/// The hosts that a report lists, those with the most URLs. Counts have no such limit.
inline constexpr std::size_t max_host_reports = 1'000;

/// What there is to do, reported before the first request.
struct FetchPlan {
  std::uint64_t urls = 0;            // distinct ones of the inputs, of this task's hosts
  std::uint64_t known = 0;           // those of them that the store has, and that are not requested
  std::uint64_t known_failures = 0;  // those of the known that failed for good
  std::uint64_t to_fetch = 0;
  std::uint64_t hosts = 0;  // of those to fetch
  struct Host {
    std::string host;
    std::uint64_t urls = 0;
    double seconds = 0;  // expected, at assumed_latency
  };
  std::vector<Host> largest;     // at most ten
  double assumed_latency = 0.5;  // seconds of a request
  std::vector<std::string> warnings;
};

struct FetchCounts {
  std::uint64_t done = 0;  // URLs that have an outcome now
  std::uint64_t fetched = 0;
  std::uint64_t unchanged = 0;  // of those fetched: the image was there already
  std::uint64_t transient = 0;  // failures that may not happen again
  std::uint64_t bytes = 0;      // of the images
  std::uint64_t requests = 0;
  std::map<FaultCode, std::uint64_t> failures;  // URLs by outcome, the transient ones among them
};

struct FetchProgress {
  FetchCounts counts;
  std::uint64_t urls = 0;  // to fetch
  std::uint64_t hosts_open = 0;
  std::uint64_t hosts_left = 0;  // that have not begun
  std::uint64_t in_flight = 0;
  std::vector<std::string> slowest;  // at most three hosts, with the longest latency
};

struct FetchReport {
  FetchPlan plan;
  FetchCounts counts;
  std::vector<HostReport> hosts;  // at most max_host_reports
  std::uint64_t more_hosts = 0;
  bool sealed = false;
  std::string index_xxh128;      // of a sealed store
  std::uint64_t store_urls = 0;  // of a sealed store, those of earlier runs among them
  std::uint64_t store_fetched = 0;
  std::uint64_t store_transient = 0;  // of any store; failures that may not happen again
  double seconds = 0;
};

struct FetchOutcome {
  RunStatus status = RunStatus::done;  // not_ready: the store is open; run again
  std::string message;                 // one sentence: what failed and what to do; empty if done
  FetchReport report;
};

/// Called once, before the first request. Must not throw.
using OnFetchPlan = std::function<void(const FetchPlan& plan)>;
/// Called several times a second, by the calling thread. Must not throw.
using OnFetchProgress = std::function<void(const FetchProgress& so_far)>;

/// Requests each distinct URL of the image values of `options.inputs` once and adds what it gave to the store, which it
/// seals when every URL has an outcome (not with several tasks). When `stop` is set (by another thread or a signal
/// handler) it ends within two seconds. After any end it can be called again and continues: only requests
/// that were in flight are made again. Never prints, exits or throws. One call at a time for one task of a store.
FetchOutcome fetch(const FetchOptions& options, const std::atomic<bool>& stop, const OnFetchPlan& on_plan = {},
                   const OnFetchProgress& on_progress = {});

/// The report as one JSON object and a newline, as `fetch --json` prints it. Thread-safe.
std::string fetch_json(const FetchOptions& options, const FetchOutcome& outcome);

struct StoreCheck {
  RunStatus status = RunStatus::done;
  std::string message;  // empty if done
  bool sealed = false;
  std::uint64_t records = 0;
  std::uint64_t bodies = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;
  std::vector<std::string> first_damaged;  // sentences, at most ten
};

/// Reads every image of the store and compares it with its digests. Never prints, exits, throws or writes a file.
StoreCheck check_store_bodies(const std::string& store, const std::atomic<bool>& stop);

struct StoreStatus {
  RunStatus status = RunStatus::done;  // done; refused: no store is there; failed: it cannot be read; interrupted
  std::string message;                 // empty if done
  bool sealed = false;
  struct Task {
    std::string name;  // "0-of-4", or "all" for one task alone
    std::uint64_t urls = 0;
  };
  std::vector<Task> tasks;  // those that have begun
  std::uint64_t urls = 0;   // that have an outcome
  std::uint64_t fetched = 0;
  std::uint64_t bytes = 0;      // of their images
  std::uint64_t transient = 0;  // failures that may not happen again
  std::map<FaultCode, std::uint64_t> failures;
};

/// Whether `directory` is a store.
bool is_store(const std::string& directory) noexcept;

/// Reads from a store's logs what has been done, also while tasks fetch. Never prints, exits or throws. Thread-safe.
StoreStatus store_status(const std::string& store, const std::atomic<bool>& stop);

}  // namespace visionshard
