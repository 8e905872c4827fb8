#include "cli/terminal/fetch_progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/number_text.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

std::size_t columns_of_terminal() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

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

std::string fetch_bar(const FetchProgress& p, double seconds, std::size_t columns) {
  constexpr std::size_t min_bar = 10, max_bar = 30;
  const std::size_t bar_columns = std::clamp(columns / 5, min_bar, max_bar);
  const double share = p.urls > 0 ? std::min(1.0, static_cast<double>(p.counts.done) / static_cast<double>(p.urls)) : 0;
  std::string out;
  if (columns >= bar_columns + 8) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
    out = fmt::format("[{}{}]", std::string(full, '#'), std::string(bar_columns - full, '.'));
  }
  for (const std::string& fact : facts(p, seconds)) {
    if (out.size() + (out.empty() ? 0 : 2) + fact.size() > columns) break;
    out += (out.empty() ? "" : "  ") + fact;
  }
  return out;
}

FetchProgressPrinter::FetchProgressPrinter(ProgressStyle style) : style_(style) {
  if (style_ == ProgressStyle::automatic)
    style_ = ::isatty(STDERR_FILENO) != 0 ? ProgressStyle::bar : ProgressStyle::plain;
  if (style_ == ProgressStyle::json) last_ -= std::chrono::seconds(1);
}

void FetchProgressPrinter::update(const FetchProgress& p) {
  if (style_ == ProgressStyle::off) return;
  const auto now = Clock::now();
  const std::chrono::milliseconds pause(style_ == ProgressStyle::bar    ? 200
                                        : style_ == ProgressStyle::json ? 1'000
                                                                        : 10'000);
  if (now - last_ < pause) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  if (style_ == ProgressStyle::json) return print_raw_message(json_line(p, seconds));
  if (style_ == ProgressStyle::plain) return print_message(fmt::format("{}", fmt::join(facts(p, seconds), ", ")));
  // Terminals wrap at the last column, which stays empty.
  print_raw_message(fmt::format("\r{}\x1B[K", fetch_bar(p, seconds, columns_of_terminal() - 1)));
  bar_shown_ = true;
}

void FetchProgressPrinter::clear() {
  if (std::exchange(bar_shown_, false)) print_raw_message("\r\x1B[K");
}

}  // namespace visionshard::cli
