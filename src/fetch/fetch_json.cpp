#include <visionshard/fetch.h>

#include "base/json_writer.h"

namespace visionshard {
namespace {

void write_plan(JsonWriter& json, const FetchPlan& plan) {
  json.begin_object("plan")
      .field("urls", plan.urls)
      .field("known", plan.known)
      .field("known_failures", plan.known_failures)
      .field("to_fetch", plan.to_fetch)
      .field("hosts", plan.hosts)
      .end_object();
}

void write_counts(JsonWriter& json, const FetchCounts& counts) {
  json.begin_object("counts")
      .field("done", counts.done)
      .field("fetched", counts.fetched)
      .field("unchanged", counts.unchanged)
      .field("transient", counts.transient)
      .field("bytes", counts.bytes)
      .field("requests", counts.requests)
      .end_object();
  json.begin_object("failures");
  for (const auto& [code, number] : counts.failures) json.field(name(code), number);
  json.end_object();
}

void write_host(JsonWriter& json, const HostReport& host) {
  json.begin_object()
      .field("host", host.host)
      .field("urls", host.urls)
      .field("requests", host.requests)
      .field("fetched", host.fetched)
      .field("dead", host.dead)
      .field("refused", host.refused)
      .field("unusable", host.unusable)
      .field("bytes", host.bytes)
      .field("latency_seconds", host.latency)
      .field("max_requests", std::uint64_t{host.max_requests});
  if (!host.given_up.empty()) json.field("given_up", host.given_up);
  json.end_object();
}

const char* status_word(RunStatus status) {
  switch (status) {
    case RunStatus::done: return "done";
    case RunStatus::not_ready: return "open";
    case RunStatus::interrupted: return "interrupted";
    default: return "failed";
  }
}

}  // namespace

std::string fetch_json(const FetchOptions& options, const FetchOutcome& outcome) {
  const FetchReport& report = outcome.report;
  JsonWriter json;
  json.begin_object().field("store", options.store).field("status", status_word(outcome.status));
  if (options.tasks > 1) json.field("task", options.task).field("tasks", options.tasks);
  json.field("sealed", report.sealed);
  if (report.sealed)
    json.field("index_xxh128", report.index_xxh128)
        .field("store_urls", report.store_urls)
        .field("store_fetched", report.store_fetched);
  write_plan(json, report.plan);
  write_counts(json, report.counts);
  json.begin_array("hosts");
  for (const HostReport& host : report.hosts) write_host(json, host);
  json.end_array().field("more_hosts", report.more_hosts).field("seconds", report.seconds);
  return json.end_object().take();
}

}  // namespace visionshard
