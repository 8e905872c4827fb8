#include <unistd.h>

#include "cli/arguments/limit_options.h"
#include "cli/arguments/task_options.h"
#include "cli/arguments/task_share.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/freed_memory.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"
#include "cli/terminal/task_summary.h"

namespace visionshard::cli {
namespace {

class MapCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    const char* run = "The run";
    define_task(app, parsed_, "parts");
    define_memory(app, parsed_.memory, run);
    app.add_option("--stall-timeout", parsed_.stall_timeout,
                   "end the task after so many seconds without progress; 0: never")
        ->capture_default_str()
        ->option_text("SECONDS")
        ->group(run);
    define_display(app, parsed_.display, run);
    app.footer("Without --task, the index is read from the first of: " + task_variables() +
               ".\nExit status: 0 done, now or earlier; 2 usage error; 3 input or output failed; 4 there is no plan;\n"
               "130, 143 interrupted.\n"
               "Example: visionshard map work --task 3/8");
  }

  std::string resolve() override { return cli::resolve(parsed_, request_); }

  int run() const override {
    limit_freed_memory(request_.options.threads, request_.options.memory_bytes);
    ProgressPrinter progress(request_.progress);
    const StopDeadline deadline("interrupted during an image or a read; the parts that are done stay done");
    const OnStall end_process = [&](const std::string& stages) {
      print_message(stall_message(request_.options.stall_timeout_seconds, stages, "; run the task again"));
      ::_exit(exit_failed);
    };
    const TaskOutcome outcome = map_parts(
        request_.options, stop, [&](const ProgressReport& so_far) { progress.update(so_far); }, end_process);
    progress.clear();
    if (!request_.quiet) print(task_summary(outcome, "converted", "part"));
    return finished(report_failure(outcome.status, outcome.message).value_or(exit_done));
  }

 private:
  ParsedTask parsed_;
  TaskRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_map_command() { return std::make_unique<MapCommand>(); }

}  // namespace visionshard::cli
