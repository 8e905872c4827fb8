// Requests the URLs of a frontier and hands what they give to the recorder: the loop of sockets, names and pace.
#pragma once

#include <visionshard/fetch.h>

#include <atomic>
#include <random>
#include <unordered_map>

#include "fetch/classify_response.h"
#include "fetch/frontier.h"
#include "fetch/host_report.h"
#include "fetch/host_scheduler.h"
#include "fetch/recorder.h"
#include "fetch/resolver.h"
#include "fetch/transfer.h"

namespace visionshard::fetching {

class FetchRun {
 public:
  FetchRun(const FetchOptions& options, AddressGuard guard, Frontier& frontier, store::StoreWriter writer,
           unsigned threads);

  /// Returns when every URL has an outcome, or `stop` is set: then the fault is interrupted().
  RunResult<void> run(const std::atomic<bool>& stop, const OnFetchProgress& on_progress);

  /// Of what was done so far.
  const FetchCounts& counts() const noexcept { return counts_; }
  HostReports take_host_reports();

 private:
  // There are only so many: a body is in use until it is recorded.
  using Body = std::unique_ptr<store::BodyBuffer>;
  // What the recorder has.
  struct Recording {
    std::unique_ptr<UrlJob> job;
    Body body;
  };

  RunResult<void> open();
  bool is_complete() const;
  RunResult<void> start_ready();
  RunResult<bool> open_next_host();
  RunResult<void> start_next(HostQueue& host);
  RunResult<std::unique_ptr<UrlJob>> job_of(std::uint64_t entry);
  void resolve(HostQueue& host);
  void apply_resolution(HostQueue& host, Resolution resolution);
  // False: the job has to wait for the origin's robots.txt, which is asked for.
  bool has_robots(HostQueue& host, UrlJob& job);
  void request(HostQueue& host, std::unique_ptr<UrlJob> job);
  void take_response(HostQueue& host, std::unique_ptr<UrlJob> job, Body body, Response response);
  void take_robots(HostQueue& host, std::unique_ptr<UrlJob> job, store::BodyBuffer& body, const Response& response,
                   ResponseClass result);
  void follow_redirect(HostQueue& host, std::unique_ptr<UrlJob> job, const Response& response);
  void fail(HostQueue& host, std::unique_ptr<UrlJob> job, const Response* response, ResponseClass result);
  void record(std::unique_ptr<UrlJob> job, store::UrlRecord record, Body body, bool may_be_cut_short = false,
              std::string unknown_encoding = {});
  void take_recorded();
  // The job has its outcome.
  void end(HostQueue& host, const UrlJob& job, const store::UrlRecord& record, std::uint64_t bytes);
  void report(const OnFetchProgress& on_progress);
  Clock::time_point next_event() const;
  Body take_body();
  void keep_fault(RunResult<void>&& result) {
    if (!result && !fault_) fault_ = std::move(result).error();
  }

  const FetchOptions& options_;
  AddressGuard guard_;
  Frontier& frontier_;
  EventLoop loop_;
  Resolver resolver_;
  TransferPool transfers_;
  HostReports host_reports_;
  HostScheduler hosts_;
  std::minstd_rand random_{std::random_device()()};
  std::vector<Body> free_bodies_;
  std::unordered_map<std::uint64_t, Recording> recordings_;
  std::uint64_t next_recording_ = 0;
  std::size_t resolving_ = 0;
  std::uint64_t hosts_begun_ = 0;
  bool has_more_hosts_ = true;
  FetchCounts counts_;
  std::optional<RunFault> fault_;
  Clock::time_point reported_{};
  Recorder recorder_;  // the last: its threads use the bodies
};

}  // namespace visionshard::fetching
