#include "cli/terminal/progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/number_text.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string time_text(double seconds) {
  const auto s = static_cast<std::uint64_t>(std::llround(seconds));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// The most important one first.
std::vector<std::string> facts(const ProgressReport& r, double seconds, double seconds_left) {
  const Counts& c = r.counts;
  const double rate_seconds = std::max(seconds, 1e-3);
  std::vector<std::string> all;
  all.push_back(r.total_bytes > 0 ? fmt::format("{} of {}", byte_size(r.done_bytes), byte_size(r.total_bytes))
                                  : byte_size(r.input_bytes));
  all.push_back(
      fmt::format("{}/s", byte_size(static_cast<std::uint64_t>(static_cast<double>(r.input_bytes) / rate_seconds))));
  if (seconds_left >= 0) all.push_back(time_text(seconds_left) + " left");
  all.push_back(fmt::format("{} rejected", grouped(c.rejected)));
  all.push_back(fmt::format("{} converted", grouped(c.images_converted)));
  all.push_back(fmt::format("{} shrunk", grouped(c.images_shrunk)));
  all.push_back(fmt::format("{} kept", grouped(c.images_kept + c.images_relabelled)));
  all.push_back(fmt::format(
      "{} examples/s", grouped(static_cast<std::uint64_t>(static_cast<double>(c.lines - c.blank) / rate_seconds))));
  if (!r.at_work.empty()) all.push_back(fmt::format("{:<8}", r.at_work));
  return all;
}

std::string json_line(const ProgressReport& r, double seconds, double seconds_left) {
  const Counts& c = r.counts;
  const auto left = [&] { return static_cast<std::uint64_t>(std::llround(seconds_left)); };
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("seconds", seconds)
      .field("input_bytes", r.input_bytes)
      .field("done_bytes", r.done_bytes)
      .limit("total_bytes", r.total_bytes > 0 ? r.total_bytes : no_limit)
      .limit("seconds_left", seconds_left >= 0 ? left() : no_limit)
      .field("lines", c.lines)
      .field("written", c.written)
      .field("rejected", c.rejected)
      .field("images_kept", c.images_kept + c.images_relabelled)
      .field("images_converted", c.images_converted)
      .field("images_shrunk", c.images_shrunk)
      .field("at_work", r.at_work);
  return json.end_object().take();
}

}  // namespace

std::string progress_bar(const ProgressReport& r, double seconds, double seconds_left, std::size_t columns) {
  constexpr std::size_t min_bar = 10, max_bar = 30;
  const double share =
      r.total_bytes > 0 ? std::min(1.0, static_cast<double>(r.done_bytes) / static_cast<double>(r.total_bytes)) : 0;
  const std::size_t bar_columns = r.total_bytes > 0 ? std::clamp(columns / 5, min_bar, max_bar) : 0;
  std::string out;
  if (r.total_bytes > 0 && columns >= min_bar + 8) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
    out = fmt::format("[{}{}] {:>3.0f} %", std::string(full, '#'), std::string(bar_columns - full, '.'),
                      std::floor(share * 100));
  }
  for (const std::string& fact : facts(r, seconds, seconds_left)) {
    const std::size_t needs = out.size() + (out.empty() ? 0 : 2) + fact.size();
    if (needs > columns) break;
    out += (out.empty() ? "" : "  ") + fact;
  }
  return out;
}

ProgressPrinter::ProgressPrinter(ProgressStyle style) : style_(style) {
  if (style_ == ProgressStyle::automatic)
    style_ = ::isatty(STDERR_FILENO) != 0 ? ProgressStyle::bar : ProgressStyle::plain;
  // A program that reads the lines gets the first one at once.
  if (style_ == ProgressStyle::json) last_ -= std::chrono::seconds(1);
}

double ProgressPrinter::seconds_left(const ProgressReport& r, Clock::time_point now) {
  const double passed = std::chrono::duration<double>(now - measured_).count();
  // Bytes that were done before this process began do not count for its speed.
  if (measured_bytes_ == 0) measured_bytes_ = r.done_bytes;
  if (passed >= 1 && r.done_bytes > measured_bytes_) {
    const double rate = static_cast<double>(r.done_bytes - measured_bytes_) / passed;
    const double weight = bytes_per_second_ > 0 ? 1 - std::exp(-passed / 10) : 1;
    bytes_per_second_ += weight * (rate - bytes_per_second_);
    measured_ = now;
    measured_bytes_ = r.done_bytes;
  }
  if (r.total_bytes == 0 || bytes_per_second_ <= 0) return -1;
  return static_cast<double>(r.total_bytes - std::min(r.total_bytes, r.done_bytes)) / bytes_per_second_;
}

void ProgressPrinter::update(const ProgressReport& r) {
  if (style_ == ProgressStyle::off) return;
  const auto now = Clock::now();
  const double left = seconds_left(r, now);
  const std::chrono::milliseconds pause(style_ == ProgressStyle::bar    ? 200
                                        : style_ == ProgressStyle::json ? 1'000
                                                                        : 10'000);
  if (now - last_ < pause) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  if (style_ == ProgressStyle::json) return print_raw_message(json_line(r, seconds, left));
  if (style_ == ProgressStyle::plain) return print_message(fmt::format("{}", fmt::join(facts(r, seconds, left), ", ")));
  // One write over the old line, so that nothing flickers. Terminals wrap at the last column, which stays empty.
  print_raw_message(fmt::format("\r{}\x1B[K", progress_bar(r, seconds, left, terminal_columns() - 1)));
  bar_shown_ = true;
}

void ProgressPrinter::clear() {
  if (std::exchange(bar_shown_, false)) print_raw_message("\r\x1B[K");
}

}  // namespace visionshard::cli
