#include <visionshard/generate.h>
#include <visionshard/run.h>

#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "cli/exit_status.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/summary.h"

namespace {

using namespace visionshard;

std::atomic<bool> stop{false};
volatile std::sig_atomic_t stop_signal = 0;

// The first signal lets what is in flight finish; the second ends the process as if nobody listened.
extern "C" void on_signal(int signal) {
  stop_signal = signal;
  stop.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}

bool too_many_rejects(const cli::Command& command, const Counts& counts) {
  const double examples = static_cast<double>(counts.lines - counts.blank);
  return (command.max_rejects && counts.rejected > *command.max_rejects) ||
         (command.max_rejects_percent &&
          static_cast<double>(counts.rejected) * 100 > *command.max_rejects_percent * examples);
}

// The exit status of a run that ended otherwise than well.
std::optional<int> failure(RunStatus status) {
  switch (status) {
    case RunStatus::refused: return cli::exit_usage;
    case RunStatus::failed: return cli::exit_failed;
    case RunStatus::interrupted: return stop_signal == SIGTERM ? cli::exit_terminated : cli::exit_interrupted;
    case RunStatus::done: break;
  }
  return std::nullopt;
}

int finish(const cli::GenerateCommand& command, const GenerateOutcome& outcome) {
  if (!outcome.message.empty()) fmt::print(stderr, "visionshard: {}\n", cli::printable(outcome.message));
  if (const auto status = failure(outcome.status)) return *status;
  // Standard output may be the corpus.
  std::FILE* const to = command.options.output == "-" ? stderr : stdout;
  if (!command.quiet) fmt::print(to, "{}", cli::summary_text(outcome, command.options.output));
  return cli::exit_done;
}

int finish(const cli::Command& command, const RunOutcome& outcome) {
  for (const std::string& warning : outcome.report.warnings)
    fmt::print(stderr, "visionshard: warning: {}\n", cli::printable(warning));
  if (!outcome.message.empty()) fmt::print(stderr, "visionshard: {}\n", cli::printable(outcome.message));
  if (const auto status = failure(outcome.status)) return *status;
  if (command.json_summary)
    fmt::print("{}", summary_json(command.convert, outcome.report));
  else if (!command.quiet)
    fmt::print("{}", cli::summary_text(outcome.report, command.convert.output.directory));
  if (std::fflush(stdout) != 0) return cli::exit_failed;
  if (!too_many_rejects(command, outcome.report.counts)) return cli::exit_done;
  fmt::print(stderr, "visionshard: {} lines were rejected, more than --max-rejects allows; the output is complete\n",
             outcome.report.counts.rejected);
  return cli::exit_too_many_rejects;
}

}  // namespace

int main(int argc, char** argv) {
  // Large pictures are mapped, so that freeing one gives its pages back and the peak stays bounded. At 1 MiB the page
  // faults of ordinary ones cost a fifth of a converting run; the default threshold grows without being asked.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  const cli::Parsed parsed = cli::parse_command_line(argc, argv);
  std::fputs(parsed.standard_output.c_str(), stdout);
  std::fputs(parsed.standard_error.c_str(), stderr);
  if (!parsed.command && !parsed.generate) return parsed.exit_status;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  if (parsed.generate) return finish(*parsed.generate, generate_corpus(parsed.generate->options, stop));
  cli::ProgressPrinter progress(parsed.command->progress);
  const RunOutcome outcome = convert(parsed.command->convert, stop, [&](const Counts& so_far, std::uint64_t bytes) {
    progress.update(so_far, bytes);
  });
  progress.clear();
  return finish(*parsed.command, outcome);
}
