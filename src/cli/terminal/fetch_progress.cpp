#include "cli/terminal/fetch_progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/number_text.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

// "url_status 12, url_unreachable 3"
std::string failures_text(const FetchCounts& counts) {
  std::string text;
  for (const auto& [code, number] : counts.failures)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name(code), grouped(number));
  return text;
}

// The most important one first.
std::vector<std::string> facts(const FetchProgress& p, double seconds) {
  std::vector<std::string> all;
  const double rate = static_cast<double>(p.counts.requests) / std::max(seconds, 1e-3);
  all.push_back(fmt::format("{} of {}", grouped(p.counts.done), counted(p.urls, "URL")));
  all.push_back(fmt::format("{:.0f} requests/s", rate));
  all.push_back(byte_size(p.counts.bytes));
  all.push_back(counted(p.hosts_open + p.hosts_left, "host"));
  if (!p.counts.failures.empty()) all.push_back(failures_text(p.counts));
  if (!p.slowest.empty()) all.push_back(printable(fmt::format("slowest {}", fmt::join(p.slowest, ", "))));
  return all;
}

std::string json_line(const FetchProgress& p, double seconds) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("seconds", seconds)
      .field("urls", p.urls)
      .field("done", p.counts.done)
      .field("fetched", p.counts.fetched)
      .field("transient", p.counts.transient)
      .field("bytes", p.counts.bytes)
      .field("requests", p.counts.requests)
      .field("in_flight", p.in_flight)
      .field("hosts_open", p.hosts_open)
      .field("hosts_left", p.hosts_left)
      .begin_object("failures");
  for (const auto& [code, number] : p.counts.failures) json.field(name(code), number);
  return json.end_object().end_object().take();
}

}  // namespace

void FetchProgressPrinter::update(const FetchProgress& p) {
  const auto seconds = line_.seconds_if_due();
  if (!seconds) return;
  if (line_.is_json()) return line_.print_json(json_line(p, *seconds));
  std::optional<double> share;
  if (p.urls > 0) share = std::min(1.0, static_cast<double>(p.counts.done) / static_cast<double>(p.urls));
  line_.print(share, facts(p, *seconds));
}

}  // namespace visionshard::cli
