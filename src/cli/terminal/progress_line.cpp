#include "cli/terminal/progress_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::chrono::milliseconds pause_of(ProgressStyle style) {
  switch (style) {
    case ProgressStyle::bar: return std::chrono::milliseconds(200);
    case ProgressStyle::json: return std::chrono::seconds(1);
    default: return std::chrono::seconds(10);
  }
}

}  // namespace

std::string bar_text(std::optional<double> share, const std::vector<std::string>& facts, std::size_t columns) {
  constexpr std::size_t min_bar = 10, max_bar = 30;
  std::string out;
  if (share && columns >= min_bar + 8) {
    const std::size_t bar_columns = std::clamp(columns / 5, min_bar, max_bar);
    const auto full = static_cast<std::size_t>(*share * static_cast<double>(bar_columns));
    out = fmt::format("[{}{}] {:>3.0f} %", std::string(full, '#'), std::string(bar_columns - full, '.'),
                      std::floor(*share * 100));
  }
  for (const std::string& fact : facts) {
    const std::size_t needs = out.size() + (out.empty() ? 0 : 2) + fact.size();
    if (needs > columns) break;
    out += (out.empty() ? "" : "  ") + fact;
  }
  return out;
}

ProgressLine::ProgressLine(ProgressStyle style) : style_(style) {
  if (style_ == ProgressStyle::automatic)
    style_ = ::isatty(STDERR_FILENO) != 0 ? ProgressStyle::bar : ProgressStyle::plain;
  // A program that reads the lines gets the first one at once.
  if (style_ == ProgressStyle::json) last_ -= pause_of(style_);
}

std::optional<double> ProgressLine::seconds_if_due() {
  const auto now = Clock::now();
  if (is_off() || now - last_ < pause_of(style_)) return std::nullopt;
  last_ = now;
  return std::chrono::duration<double>(now - begin_).count();
}

void ProgressLine::print_json(const std::string& line) const { print_raw_message(line); }

void ProgressLine::print(std::optional<double> share, const std::vector<std::string>& facts) {
  if (style_ == ProgressStyle::plain) return print_message(fmt::format("{}", fmt::join(facts, ", ")));
  // One write over the old line, so that nothing flickers. Terminals wrap at the last column, which stays empty.
  print_raw_message(fmt::format("\r{}\x1B[K", bar_text(share, facts, terminal_columns() - 1)));
  bar_shown_ = true;
}

void ProgressLine::clear() {
  if (std::exchange(bar_shown_, false)) print_raw_message("\r\x1B[K");
}

}  // namespace visionshard::cli
