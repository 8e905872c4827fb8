#include <fmt/format.h>
#include <unistd.h>
#include <visionshard/fetch.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "base/catch_to_result.h"
#include "base/machine.h"
#include "base/number_text.h"
#include "fetch/collect_frontier.h"
#include "fetch/curl_library.h"
#include "fetch/fetch_run.h"
#include "fetch/web_url.h"
#include "store/seal_store.h"
#include "store/store_status.h"
#include "store/verify_store.h"

namespace visionshard {
namespace {

using namespace fetching;

RunResult<AddressGuard> guard_of(const FetchOptions& options) {
  std::vector<AddressRange> allowed;
  for (const std::string& text : options.allowed_addresses) {
    const auto range = parse_range(text);
    if (!range) return refusal(fmt::format("'{}' is no range of addresses, such as 10.0.0.0/8 or fd00::/8", text));
    allowed.push_back(*range);
  }
  return AddressGuard(std::move(allowed));
}

RunResult<void> check_options(const FetchOptions& o) {
  if (o.per_host == 0 || o.connections == 0 || o.tries == 0)
    return refusal("requests per host, connections and tries must be at least 1");
  if (o.tasks == 0 || o.task >= o.tasks)
    return refusal(fmt::format("there is no task {} of {}; the first is 0", o.task, o.tasks));
  for (const double time : {o.connect_timeout, o.timeout, o.stall_timeout, o.backoff})
    if (!(time >= 0 && time <= 86'400)) return refusal("times must lie between 0 and 86400 seconds");
  // A header's end in the contact would begin another header.
  if (std::any_of(o.contact.begin(), o.contact.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }))
    return refusal("the contact has a control character");
  return {};
}

Again again_of(Retry retry) {
  return retry == Retry::all        ? Again::everything
         : retry == Retry::failures ? Again::failures
                                    : Again::transient_failures;
}

std::string task_name(const FetchOptions& o) { return o.tasks == 1 ? "all" : fmt::format("{}-of-{}", o.task, o.tasks); }

RunResult<FetchPlan> plan_of(const Frontier& frontier, const FetchOptions& options, std::vector<HostEntries> largest) {
  const FrontierCounts& counts = frontier.counts();
  FetchPlan plan;
  plan.urls = counts.urls;
  plan.known = counts.known;
  plan.known_failures = counts.known_failures;
  plan.to_fetch = counts.to_fetch;
  plan.hosts = counts.hosts;
  if (options.contact.empty() && counts.to_fetch > 0)
    plan.warnings.push_back("no --contact is given: site owners who see these requests cannot ask to be left out");
  for (const HostEntries& entries : largest) {
    const FrontierEntry first = VISIONSHARD_TRY(frontier.entry(entries.first));
    const auto url = read_web_url(VISIONSHARD_TRY(frontier.url(first)));
    plan.largest.push_back({url ? url->host : "(no host)", entries.urls,
                            static_cast<double>(entries.urls) * plan.assumed_latency / options.per_host});
  }
  return plan;
}

class Run {
 public:
  Run(const FetchOptions& options, const std::atomic<bool>& stop, FetchReport& report)
      : options_(options), stop_(stop), report_(report) {}

  RunResult<void> go(const OnFetchPlan& on_plan, const OnFetchProgress& on_progress) {
    VISIONSHARD_TRY(check_options(options_));
    if (const std::string& missing = curl().missing(); !missing.empty())
      return run_fault("fetch needs libcurl, which cannot be loaded: " + missing);
    if (const auto usable = check_proxy(options_.proxy); !options_.proxy.empty() && !usable)
      return refusal("the URL of the proxy cannot be used: " + usable.error());
    if (!options_.ca_file.empty() && ::access(options_.ca_file.c_str(), R_OK) != 0)
      return system_fault(options_.ca_file, "read", errno);
    auto guard = VISIONSHARD_TRY(guard_of(options_));
    // First: it makes the store, and keeps other processes of this task out.
    store::StoreWriterOptions writing;
    writing.durability = durability();
    auto writer = VISIONSHARD_TRY(store::StoreWriter::open(options_.store, task_name(options_), writing));
    Frontier frontier(store::StorePaths(options_.store), task_name(options_));
    VISIONSHARD_TRY(collect_frontier(options_, stop_, frontier));
    VISIONSHARD_TRY(frontier.finish(again_of(options_.retry), [this] { return !stop_; }));
    writer.begin_after(frontier.newest_ms());
    auto largest = VISIONSHARD_TRY(frontier.largest_hosts(10));
    report_.plan = VISIONSHARD_TRY(plan_of(frontier, options_, std::move(largest)));
    if (on_plan) on_plan(report_.plan);
    auto requested = request_all(std::move(guard), frontier, std::move(writer), on_progress);
    if (!requested) return requested;
    return options_.tasks == 1 ? seal() : RunResult<void>();
  }

 private:
  Durability durability() const { return durability_of(options_.sync); }

  RunResult<void> request_all(AddressGuard guard, Frontier& frontier, store::StoreWriter writer,
                              const OnFetchProgress& on_progress) {
    const unsigned threads = machine_for(options_.threads, options_.memory_bytes).threads;
    FetchRun run(options_, std::move(guard), frontier, std::move(writer), threads);
    auto done = run.run(stop_, on_progress);
    report_.counts = run.counts();
    HostReports hosts = run.take_host_reports();
    report_.more_hosts = hosts.more_hosts();
    report_.hosts = hosts.take();
    return done;
  }

  RunResult<void> seal() {
    store::SealOptions sealing;
    sealing.durability = durability();
    if (options_.accept_failures) sealing.transient = store::TransientFailures::accepted;
    const auto outcome = VISIONSHARD_TRY(store::seal_store(options_.store, sealing, [this] { return !stop_; }));
    report_.sealed = outcome.sealed;
    report_.index_xxh128 = outcome.seal.index_xxh128;
    report_.store_urls = outcome.seal.urls;
    report_.store_fetched = outcome.seal.fetched;
    report_.store_transient = outcome.seal.transient;
    return {};
  }

  const FetchOptions& options_;
  const std::atomic<bool>& stop_;
  FetchReport& report_;
};

void finish(FetchOutcome& outcome, const FetchOptions& options, RunResult<void>&& done) {
  if (!done) {
    outcome.status = done.error().status;
    outcome.message = done.error().status == RunStatus::interrupted
                          ? "interrupted; run the same command again to continue"
                          : done.error().message;
    return;
  }
  const std::uint64_t transient = options.tasks == 1 ? outcome.report.store_transient : outcome.report.counts.transient;
  if (transient == 0 || outcome.report.sealed) return;
  outcome.status = RunStatus::not_ready;
  outcome.message = fmt::format(
      "{}: {} failed in a way that may not happen again; run the same command again to retry {}, or add "
      "--accept-failures to seal the store as it is",
      options.store, counted(transient, "URL"), transient == 1 ? "it" : "them");
}

}  // namespace

FetchOutcome fetch(const FetchOptions& options, const std::atomic<bool>& stop, const OnFetchPlan& on_plan,
                   const OnFetchProgress& on_progress) {
  return catch_to_result<FetchOutcome>(
      [&](FetchOutcome& outcome) {
        const auto begin = std::chrono::steady_clock::now();
        finish(outcome, options, Run(options, stop, outcome.report).go(on_plan, on_progress));
        outcome.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      },
      "out of memory; lower --connections or --memory");
}

StoreCheck check_store_bodies(const std::string& store, const std::atomic<bool>& stop) {
  return catch_to_result<StoreCheck>([&](StoreCheck& check) {
    constexpr std::size_t max_first = 10;
    const auto found = store::verify_store(
        store,
        [&](const store::UrlRecord& record, const std::string& detail) {
          if (check.first_damaged.size() < max_first) check.first_damaged.push_back(record.url + ": " + detail);
        },
        [&] { return !stop; });
    if (!found) {
      check.status = found.error().status;
      check.message = found.error().message;
      return;
    }
    check.sealed = found->sealed;
    check.records = found->records;
    check.bodies = found->bodies;
    check.bytes = found->bytes;
    check.damaged = found->damaged;
  });
}

bool is_store(const std::string& directory) noexcept {
  std::error_code error;
  return std::filesystem::exists(store::StorePaths(directory).version(), error);
}

StoreStatus store_status(const std::string& store, const std::atomic<bool>& stop) {
  return catch_to_result<StoreStatus>([&](StoreStatus& status) {
    std::error_code error;
    const auto temporary = std::filesystem::temp_directory_path(error);
    if (error) {
      status.status = RunStatus::failed;
      status.message = "no temporary directory can be used: " + error.message() + "; set TMPDIR to one that is there";
      return;
    }
    const auto sorting = temporary / fmt::format("visionshard-status-{}", ::getpid());
    auto counts = store::count_store(store, sorting.native(), [&] { return !stop; });
    if (!counts) {
      status.status = counts.error().status;
      status.message = counts.error().message;
      return;
    }
    status.sealed = counts->sealed;
    for (auto& [name, urls] : counts->tasks) status.tasks.push_back({std::move(name), urls});
    status.urls = counts->urls;
    status.fetched = counts->fetched;
    status.bytes = counts->bytes;
    status.transient = counts->transient;
    status.failures = std::move(counts->failures);
  });
}

}  // namespace visionshard
