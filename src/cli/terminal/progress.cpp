#include "cli/terminal/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/json_writer.h"
#include "base/number_text.h"

namespace visionshard::cli {
namespace {

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

std::optional<double> share_of(const ProgressReport& r) {
  if (r.total_bytes == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(r.done_bytes) / static_cast<double>(r.total_bytes));
}

}  // namespace

std::string progress_bar(const ProgressReport& r, double seconds, double seconds_left, std::size_t columns) {
  return bar_text(share_of(r), facts(r, seconds, seconds_left), columns);
}

double ProgressPrinter::seconds_left(const ProgressReport& r) {
  const auto now = Clock::now();
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
  if (line_.is_off()) return;
  const double left = seconds_left(r);
  const auto seconds = line_.seconds_if_due();
  if (!seconds) return;
  if (line_.is_json()) return line_.print_json(json_line(r, *seconds, left));
  line_.print(share_of(r), facts(r, *seconds, left));
}

}  // namespace visionshard::cli
