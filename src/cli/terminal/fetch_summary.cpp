#include "cli/terminal/fetch_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/number_text.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

constexpr std::size_t max_hosts = 20;

std::string host_time_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", std::max(1.0, seconds));
  if (seconds < 3600) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string failure_lines(const std::map<FaultCode, std::uint64_t>& failures, std::uint64_t transient) {
  std::string out;
  for (const auto& [code, number] : failures)
    out += fmt::format("{:>9} {:<16} {}\n", grouped(number), name(code), meaning(code));
  if (transient > 0)
    out += fmt::format("{:>9} of them failed in a way that may not happen again\n", grouped(transient));
  return out;
}

std::string hosts_text(const FetchReport& report) {
  if (report.hosts.empty()) return {};
  std::string out = fmt::format("\n{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10}  host\n", "URLs", "requests", "fetched",
                                "dead", "refused", "unusable", "latency");
  for (const HostReport& host : report.hosts) {
    if (&host - report.hosts.data() >= static_cast<std::ptrdiff_t>(max_hosts)) break;
    out += fmt::format("{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8.3f} s  {}{}\n", grouped(host.urls),
                       grouped(host.requests), grouped(host.fetched), grouped(host.dead), grouped(host.refused),
                       grouped(host.unusable), host.latency, host.host.empty() ? "(no host)" : printable(host.host),
                       host.given_up.empty() ? "" : "; " + printable(host.given_up));
  }
  const std::uint64_t shown = std::min(report.hosts.size(), max_hosts);
  const std::uint64_t more = report.hosts.size() - shown + report.more_hosts;
  if (more > 0)
    out += fmt::format("{:>9}  more hosts; --json lists up to {}\n", grouped(more), grouped(max_host_reports));
  return out;
}

}  // namespace

std::string fetch_plan_text(const FetchPlan& plan, const FetchOptions& options) {
  std::string out = fmt::format("{}, {} of them in the store; {} to request of {}\n", counted(plan.urls, "URL"),
                                grouped(plan.known), grouped(plan.to_fetch), counted(plan.hosts, "host"));
  if (plan.known_failures > 0)
    out += fmt::format("{} of those in the store failed for good; --retry failures requests them again\n",
                       grouped(plan.known_failures));
  if (plan.largest.empty()) return out;
  out += fmt::format("the largest hosts, at {} s a request and {} at once:\n", plan.assumed_latency, options.per_host);
  for (const FetchPlan::Host& host : plan.largest)
    out += fmt::format("{:>9}  {:>8}  {}\n", grouped(host.urls), host_time_text(host.seconds), printable(host.host));
  return out;
}

std::string fetch_text(const FetchOptions& options, const FetchOutcome& outcome) {
  const FetchReport& report = outcome.report;
  const FetchCounts& counts = report.counts;
  std::string out = fmt::format("\n{} of {} done with {}: {} fetched ({})", grouped(counts.done),
                                counted(report.plan.to_fetch, "URL"), counted(counts.requests, "request"),
                                grouped(counts.fetched), byte_size(counts.bytes));
  if (counts.unchanged > 0) out += fmt::format(", {} of them unchanged", grouped(counts.unchanged));
  out += fmt::format(", {:.1f} s\n", report.seconds);
  out += failure_lines(counts.failures, counts.transient);
  out += hosts_text(report);
  const std::string store = printable(options.store);
  if (report.sealed)
    out += fmt::format("\n{}: sealed; {}, {} with an image\n", store, counted(report.store_urls, "URL"),
                       grouped(report.store_fetched));
  else if (options.tasks > 1 && outcome.status == RunStatus::done)
    out += fmt::format("\n{}: task {} of {} is done; when all are, run fetch without --task to seal the store\n", store,
                       options.task, options.tasks);
  return out;
}

std::string store_check_text(const std::string& store, const StoreCheck& check) {
  std::string out = fmt::format("{}: {}{}, {} with an image, {} compared; {} damaged\n", printable(store),
                                check.sealed ? "sealed; " : "open; ", counted(check.records, "record"),
                                grouped(check.bodies), byte_size(check.bytes), grouped(check.damaged));
  for (const std::string& sentence : check.first_damaged) out += "  " + printable(sentence) + "\n";
  return out;
}

std::string store_check_json(const std::string& store, const StoreCheck& check) {
  JsonWriter json;
  json.begin_object()
      .field("store", store)
      .field("sealed", check.sealed)
      .field("records", check.records)
      .field("bodies", check.bodies)
      .field("bytes", check.bytes)
      .field("damaged", check.damaged)
      .begin_array("first_damaged");
  for (const std::string& sentence : check.first_damaged) json.field({}, sentence);
  return json.end_array().end_object().take();
}

std::string store_status_text(const std::string& store, const StoreStatus& s) {
  std::string out =
      fmt::format("{}: {}; {} done, {} with an image ({})\n", printable(store), s.sealed ? "sealed" : "open",
                  counted(s.urls, "URL"), grouped(s.fetched), byte_size(s.bytes));
  out += failure_lines(s.failures, s.transient);
  for (const StoreStatus::Task& task : s.tasks)
    out += fmt::format("{:>9} by task {}\n", grouped(task.urls), printable(task.name));
  if (!s.sealed)
    out += "next: run visionshard fetch again with the same inputs; it requests what is missing and seals\n";
  return out;
}

std::string store_status_json(const std::string& store, const StoreStatus& s) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("store", store)
      .field("sealed", s.sealed)
      .field("urls", s.urls)
      .field("fetched", s.fetched)
      .field("bytes", s.bytes)
      .field("transient", s.transient)
      .begin_object("failures");
  for (const auto& [code, number] : s.failures) json.field(name(code), number);
  json.end_object().begin_object("tasks");
  for (const StoreStatus::Task& task : s.tasks) json.field(task.name, task.urls);
  return json.end_object().end_object().take();
}

}  // namespace visionshard::cli
