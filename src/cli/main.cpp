#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>
#include <visionshard/check.h>
#include <visionshard/generate.h>
#include <visionshard/run.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/check_summary.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "cli/summary.h"

namespace {

using namespace visionshard;

bool too_many_rejects(const cli::ConvertCommand& command, const Counts& counts) {
  const double examples = static_cast<double>(counts.lines - counts.blank);
  return (command.max_rejects && counts.rejected > *command.max_rejects) ||
         (command.max_rejects_percent &&
          static_cast<double>(counts.rejected) * 100 > *command.max_rejects_percent * examples);
}

// Says why a run ended otherwise than well; its exit status.
std::optional<int> failure(RunStatus status, const std::string& message) {
  if (!message.empty()) cli::print_message(cli::printable(message));
  switch (status) {
    case RunStatus::refused: return cli::exit_usage;
    case RunStatus::failed: return cli::exit_failed;
    case RunStatus::not_ready: return cli::exit_not_ready;
    case RunStatus::interrupted: return cli::interrupted_status();
    case RunStatus::done: break;
  }
  return std::nullopt;
}

int run(const cli::GenerateCommand& command) {
  const GenerateOutcome outcome = generate_corpus(command.options, cli::stop);
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  const std::string summary = command.quiet ? "" : cli::summary_text(outcome, command.options.output);
  // Standard output may be the corpus.
  if (command.options.output == "-")
    cli::print_raw_message(summary);
  else
    cli::print(summary);
  return cli::finished(cli::exit_done);
}

// Threads that hang cannot be ended; the process can, and the run be resumed.
[[noreturn]] void end_stalled(unsigned seconds, const std::string& stages, const char* way_on) {
  cli::print_message(fmt::format("no progress for {} s (--stall-timeout): {}{}", seconds, stages, way_on));
  ::_exit(cli::exit_failed);
}

int run(const cli::ConvertCommand& command) {
  cli::ProgressPrinter progress(command.progress);
  // Said in whole before anything happens: a signal's deadline has no time to think.
  const auto& inputs = command.options.inputs;
  const bool reads_standard_input = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  const char* const way_on = reads_standard_input ? "" : "; --resume continues the run";
  const cli::StopDeadline deadline(fmt::format("interrupted in the middle of an image or a read{}", way_on));
  const OnStall on_stall = [&](const std::string& stages) {
    end_stalled(command.options.stall_timeout_seconds, stages, way_on);
  };
  const RunOutcome outcome = convert(
      command.options, cli::stop, [&](const Counts& c, std::uint64_t bytes) { progress.update(c, bytes); }, on_stall);
  progress.clear();
  for (const std::string& warning : outcome.report.warnings) cli::print_message("warning: " + cli::printable(warning));
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  if (outcome.was_complete) return cli::exit_done;
  if (command.json)
    cli::print(summary_json(command.options, outcome.report));
  else if (!command.quiet)
    cli::print(cli::summary_text(outcome.report, command.options.output.directory));
  if (!too_many_rejects(command, outcome.report.counts)) return cli::finished(cli::exit_done);
  cli::print_message(fmt::format("{} lines were rejected, more than --max-rejects allows; the output is complete",
                                 outcome.report.counts.rejected));
  return cli::finished(cli::exit_too_many_rejects);
}

// The list comes as it is found: it can be longer than memory. In JSON it is the object's first member.
int run(const cli::CheckCommand& command) {
  const cli::StopDeadline deadline("interrupted in the middle of an image or a read");
  cli::ProgressPrinter progress(command.list ? cli::ProgressStyle::off : command.progress);
  const char* before = "{\n  \"list\": [\n";
  const OnFinding print = [&](const Finding& finding) {
    if (command.json) cli::print(std::exchange(before, ",\n"));
    cli::print(command.json ? finding_json(finding) : cli::finding_text(finding));
  };
  const CheckOutcome outcome = check(
      command.options, cli::stop, [&](const Counts& c, std::uint64_t bytes) { progress.update(c, bytes); },
      command.list ? print : OnFinding());
  progress.clear();
  const bool begun = *before == ',';
  if (const auto status = failure(outcome.status, outcome.message)) {
    if (begun) cli::print("]\n}\n");
    return cli::finished(*status);
  }
  if (command.json && command.list) {
    if (!begun) cli::print(before);
    cli::print("],\n");
  }
  if (command.json)
    cli::print(std::string_view(check_json(command.options, outcome.report)).substr(command.list ? 2 : 0));
  else if (!command.quiet)
    cli::print(fmt::format("{}{}", command.list ? "\n" : "", cli::check_text(command.options, outcome.report)));
  return cli::finished(outcome.report.accepted ? cli::exit_done : cli::exit_not_accepted);
}

int run(std::monostate) { return cli::exit_done; }

}  // namespace

int main(int argc, char** argv) {
  // Large pictures are mapped, so that freeing one gives its pages back and the peak stays bounded. At 1 MiB the page
  // faults of ordinary ones cost a fifth of a converting run; the default threshold grows without being asked.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  cli::keep_standard_streams();
  cli::install_signal_handlers();
  const cli::Parsed parsed = cli::parse_command_line(argc, argv);
  cli::print(parsed.standard_output);
  cli::print_raw_message(parsed.standard_error);
  if (std::holds_alternative<std::monostate>(parsed.command)) return cli::finished(parsed.exit_status);
  return std::visit([](const auto& command) { return run(command); }, parsed.command);
}
