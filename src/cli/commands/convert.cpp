#include "cli/commands/convert.h"

#include <unistd.h>
#include <visionshard/convert.h>

#include <algorithm>

#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/freed_memory.h"
#include "cli/interrupt.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/run_monitoring.h"
#include "cli/terminal/run_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

// Prints what a person or a program reads after a run; the exit status.
int print_outcome(const ConvertRequest& request, const RunOutcome& outcome) {
  print_warnings(outcome.report.warnings);
  if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
  if (request.json)
    print(summary_json(request.options, outcome.report));
  else if (!request.quiet && !outcome.was_complete)
    print(summary_text(outcome.report, request.options.output.directory));
  return finished(status_of_rejects(request.max_rejects, outcome.report.counts));
}

}  // namespace

void ConvertCommand::define(CLI::App& app) {
  define_convert(app, parsed_);
  app.footer(
      "Sizes: 10MB is 10,000,000 bytes, 10MiB is 10,485,760.\n"
      "Exit status: 0 done; 1 more lines were rejected than --max-rejects allows; 2 usage error; 3 input or output "
      "failed;\n"
      "4 the store is not sealed; 130, 143 interrupted.\n"
      "Example: visionshard convert raw/ more.jsonl.gz -o upload --profile openai");
}

int ConvertCommand::run() const {
  const ConvertOptions& options = request_.options;
  RunMonitoring monitoring;
  if (const std::string error = monitoring.open(request_.log_file, request_.log_level, request_.metrics_file, options);
      !error.empty()) {
    print_message(printable(error));
    return exit_usage;
  }
  limit_freed_memory(options.threads, options.memory_bytes);
  ProgressPrinter progress(request_.progress);
  // These texts are made before the run, because little time is left after a signal.
  const bool reads_standard_input = std::count(options.inputs.begin(), options.inputs.end(), "-") > 0;
  const std::string advice = reads_standard_input ? "" : "; --resume continues the run";
  const std::string interrupted = "interrupted during an image or a read" + advice;
  const StopDeadline deadline(interrupted, [&](int status) {
    monitoring.report_end_briefly({RunStatus::interrupted, interrupted, {}}, status);
  });
  // Threads that hang cannot be ended, but the process can, and the run can be resumed.
  const OnStall end_process = [&](const std::string& stages) {
    const std::string message = stall_message(options.stall_timeout_seconds, stages, advice);
    print_message(message);
    monitoring.report_end_briefly({RunStatus::failed, message, {}}, exit_failed);
    ::_exit(exit_failed);
  };
  monitoring.report_start(options);
  const RunOutcome outcome = convert(
      options, stop, [&](const ProgressReport& so_far) { progress.update(so_far); }, end_process,
      [&](const ShardInfo& shard) { monitoring.report_shard(shard); });
  progress.clear();
  return monitoring.report_end(outcome, print_outcome(request_, outcome));
}

}  // namespace visionshard::cli
