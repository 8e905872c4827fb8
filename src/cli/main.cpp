#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>
#include <visionshard/check.h>
#include <visionshard/distribute.h>
#include <visionshard/generate.h>
#include <visionshard/convert.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "cli/check_summary.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/job_summary.h"
#include "cli/metrics_file.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "cli/summary.h"

namespace {

using namespace visionshard;

// The status of a finished run by what it left out.
int judged(const cli::RejectBound& most, const Counts& counts) {
  const double examples = static_cast<double>(counts.lines - counts.blank);
  const bool too_many = (most.lines && counts.rejected > *most.lines) ||
                        (most.percent && static_cast<double>(counts.rejected) * 100 > *most.percent * examples);
  if (!too_many) return cli::exit_done;
  cli::print_message(
      fmt::format("{} lines were rejected, more than --max-rejects allows; the output is complete", counts.rejected));
  return cli::exit_too_many_rejects;
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

std::string stalled(unsigned seconds, const std::string& stages, const char* way_on) {
  return fmt::format("no progress for {} s (--stall-timeout): {}{}", seconds, stages, way_on);
}

// What a person or a program is shown of a run that is over; its exit status.
int shown(const cli::ConvertCommand& command, const RunOutcome& outcome) {
  for (const std::string& warning : outcome.report.warnings) cli::print_message("warning: " + cli::printable(warning));
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  if (command.json)
    cli::print(summary_json(command.options, outcome.report));
  else if (!command.quiet && !outcome.was_complete)
    cli::print(cli::summary_text(outcome.report, command.options.output.directory));
  return cli::finished(judged(command.max_rejects, outcome.report.counts));
}

int run(const cli::ConvertCommand& command) {
  cli::LogFile log;
  if (!command.log_file.empty())
    if (const std::string wrong = log.open(command.log_file, command.log_level); !wrong.empty()) {
      cli::print_message(cli::printable(wrong));
      return cli::exit_usage;
    }
  if (!command.metrics.empty())
    if (const std::string wrong = cli::wrong_metrics_path(command.metrics, command.options.output.directory);
        !wrong.empty()) {
      cli::print_message(cli::printable(wrong));
      return cli::exit_usage;
    }
  std::once_flag once;
  // What monitoring is told of the end, whichever comes first; the status with which the process ends then.
  const auto told = [&](const RunOutcome& outcome, int exit_status) {
    const auto tell = [&] {
      log.ended(outcome, exit_status);
      const std::string wrong_metrics =
          command.metrics.empty() ? "" : cli::write_metrics(command.metrics, outcome, exit_status);
      for (const std::string& wrong : {log.wrong(), wrong_metrics}) {
        if (wrong.empty()) continue;
        cli::print_message(cli::printable(wrong));
        if (exit_status == cli::exit_done) exit_status = cli::exit_failed;
      }
    };
    std::call_once(once, tell);
    return exit_status;
  };
  // Where the process is about to be ended: a disk that hangs must not keep it.
  const auto told_briefly = [&](const RunOutcome& outcome, int exit_status) {
    cli::try_for(std::chrono::milliseconds(250), [&told, outcome, exit_status] { told(outcome, exit_status); });
  };
  cli::ProgressPrinter progress(command.progress);
  // Said in whole before anything happens: a signal's deadline has no time to think.
  const auto& inputs = command.options.inputs;
  const bool reads_standard_input = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  const char* const way_on = reads_standard_input ? "" : "; --resume continues the run";
  const std::string late = fmt::format("interrupted in the middle of an image or a read{}", way_on);
  const cli::StopDeadline deadline(late, [&](int status) { told_briefly({RunStatus::interrupted, late, {}}, status); });
  // Threads that hang cannot be ended; the process can, and the run be resumed.
  const OnStall on_stall = [&](const std::string& stages) {
    const std::string message = stalled(command.options.stall_timeout_seconds, stages, way_on);
    cli::print_message(message);
    told_briefly({RunStatus::failed, message, {}}, cli::exit_failed);
    ::_exit(cli::exit_failed);
  };
  log.started(command.options);
  const RunOutcome outcome = convert(
      command.options, cli::stop, [&](const ProgressReport& so_far) { progress.update(so_far); }, on_stall,
      [&](const ShardInfo& shard) { log.shard(shard); });
  progress.clear();
  return told(outcome, shown(command, outcome));
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
      command.options, cli::stop, [&](const ProgressReport& so_far) { progress.update(so_far); },
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

int run(const cli::PlanCommand& command) {
  const cli::StopDeadline deadline("interrupted while measuring");
  cli::ProgressPrinter progress(command.progress);
  const PlanOutcome outcome =
      plan_job(command.options, cli::stop, [&](const ProgressReport& so_far) { progress.update(so_far); });
  progress.clear();
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  cli::print(fmt::format("{}\n", outcome.parts));
  return cli::finished(cli::exit_done);
}

int task_finished(const TaskOutcome& outcome, const char* verb, const char* items, bool quiet) {
  if (!quiet && outcome.made + outcome.already > 0)
    cli::print(fmt::format("{} {} {}, {} there already\n", verb, outcome.made, items, outcome.already));
  if (const auto status = failure(outcome.status, outcome.message)) return cli::finished(*status);
  return cli::finished(cli::exit_done);
}

int run(const cli::MapCommand& command) {
  cli::ProgressPrinter progress(command.progress);
  const cli::StopDeadline deadline("interrupted in the middle of an image or a read; the parts published so far stay");
  const OnStall on_stall = [&](const std::string& stages) {
    cli::print_message(stalled(command.options.stall_timeout_seconds, stages, "; run the task again"));
    ::_exit(cli::exit_failed);
  };
  const TaskOutcome outcome = map_parts(
      command.options, cli::stop, [&](const ProgressReport& so_far) { progress.update(so_far); }, on_stall);
  progress.clear();
  return task_finished(outcome, "converted", "parts", command.quiet);
}

int run(const cli::PackCommand& command) {
  const cli::StopDeadline deadline("interrupted; the shards published so far stay");
  cli::ProgressPrinter progress(command.progress);
  const TaskOutcome outcome =
      pack_shards(command.options, cli::stop, [&](const ProgressReport& so_far) { progress.update(so_far); });
  progress.clear();
  return task_finished(outcome, "packed", "shards", command.quiet);
}

int run(const cli::MergeCommand& command) {
  const cli::StopDeadline deadline("interrupted; merge begins again");
  const MergeOutcome outcome = merge_parts(command.work, cli::stop);
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  if (!command.quiet) cli::print(fmt::format("{}\n", outcome.shards));
  return cli::finished(cli::exit_done);
}

int run(const cli::SealCommand& command) {
  const cli::StopDeadline deadline("interrupted; run visionshard seal again");
  const SealOutcome outcome = seal_job(command.work, command.sync, cli::stop);
  for (const std::string& warning : outcome.report.warnings) cli::print_message("warning: " + cli::printable(warning));
  if (const auto status = failure(outcome.status, outcome.message)) return *status;
  if (command.json)
    cli::print(summary_json(outcome.options, outcome.report));
  else if (!command.quiet && !outcome.was_complete)
    cli::print(cli::summary_text(outcome.report, command.work));
  return cli::finished(judged(cli::parse_reject_bound(outcome.max_rejects), outcome.report.counts));
}

int run(const cli::StatusCommand& command) {
  const JobStatus status = job_status(command.work);
  if (const auto failed = failure(status.status, status.message)) return *failed;
  const bool of_pack = command.missing == "pack";
  const auto missing = tasks_of(of_pack ? status.missing_shards : status.missing_parts, command.tasks);
  if (!command.missing.empty()) {
    if (of_pack && !status.merged) {
      cli::print_message(fmt::format("{}: is not merged yet; run visionshard merge first", command.work));
      return cli::exit_not_ready;
    }
    if (!missing.empty()) cli::print(array_spec(missing) + "\n");
    return cli::finished(missing.empty() ? cli::exit_done : cli::exit_not_ready);
  }
  cli::print(command.json ? cli::status_json(status) : cli::status_text(status));
  return cli::finished(status.sealed ? cli::exit_done : cli::exit_not_ready);
}

int run(std::monostate) { return cli::exit_done; }

}  // namespace

int main(int argc, char** argv) {
  // Large pictures are mapped, so that freeing one gives its pages back and the peak stays bounded. At 1 MiB the page
  // faults of ordinary ones cost a fifth of a converting run; the default threshold grows without being asked.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  cli::keep_standard_streams();
  cli::silence_libraries();
  cli::install_signal_handlers();
  const cli::Parsed parsed = cli::parse_command_line(argc, argv);
  cli::print(parsed.standard_output);
  cli::print_raw_message(parsed.standard_error);
  if (std::holds_alternative<std::monostate>(parsed.command)) return cli::finished(parsed.exit_status);
  return std::visit([](const auto& command) { return run(command); }, parsed.command);
}
