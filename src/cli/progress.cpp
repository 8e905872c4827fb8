#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

#include "cli/standard_output.h"

namespace visionshard::cli {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

ProgressPrinter::ProgressPrinter(ProgressStyle style) : style_(style) {
  if (style_ == ProgressStyle::automatic)
    style_ = ::isatty(STDERR_FILENO) != 0 ? ProgressStyle::bar : ProgressStyle::plain;
}

void ProgressPrinter::update(const Counts& c, std::uint64_t input_bytes) {
  if (style_ == ProgressStyle::off) return;
  const auto now = Clock::now();
  if (now - last_ < (style_ == ProgressStyle::bar ? std::chrono::milliseconds(200) : std::chrono::seconds(10))) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double megabytes = static_cast<double>(input_bytes) / 1e6;
  if (style_ == ProgressStyle::json) {
    print_raw_message(
        fmt::format("{{\"seconds\":{:.1f},\"input_bytes\":{},\"lines\":{},\"written\":{},\"rejected\":{}}}\n", seconds,
                    input_bytes, c.lines, c.written, c.rejected));
    return;
  }
  std::string text = fmt::format("{:.0f} MB, {} lines, {:.0f} MB/s, {} converted, {} shrunk, {} rejected", megabytes,
                                 c.lines, megabytes / seconds, c.images_converted, c.images_shrunk, c.rejected);
  if (style_ == ProgressStyle::plain) {
    print_message(text);
    return;
  }
  text.resize(std::min(text.size(), terminal_columns() - 1));
  print_raw_message(fmt::format("\r{}\x1B[K", text));
  bar_shown_ = true;
}

void ProgressPrinter::clear() {
  if (std::exchange(bar_shown_, false)) print_raw_message("\r\x1B[K");
}

}  // namespace visionshard::cli
