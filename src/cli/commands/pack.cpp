#include "cli/arguments/task_options.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"
#include "cli/terminal/task_summary.h"

namespace visionshard::cli {
namespace {

class PackCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    define_task(app, parsed_, "shards");
    define_display(app, parsed_.display, "The run");
    app.footer(
        "Exit status: 0 done, now or earlier; 2 usage error; 3 input or output failed; 4 merge was not run, or a part\n"
        "is missing; 130, 143 interrupted.\n"
        "Example: visionshard pack work --task 3/8");
  }

  std::string resolve() override { return cli::resolve(parsed_, request_); }

  int run() const override {
    const StopDeadline deadline("interrupted; the shards that are done stay done");
    ProgressPrinter progress(request_.progress);
    const TaskOutcome outcome =
        pack_shards(request_.options, stop, [&](const ProgressReport& so_far) { progress.update(so_far); });
    progress.clear();
    if (!request_.quiet) print(task_summary(outcome, "packed", "shard"));
    return finished(report_failure(outcome.status, outcome.message).value_or(exit_done));
  }

 private:
  ParsedTask parsed_;
  TaskRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_pack_command() { return std::make_unique<PackCommand>(); }

}  // namespace visionshard::cli
