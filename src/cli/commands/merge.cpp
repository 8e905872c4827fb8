#include "cli/arguments/limit_options.h"
#include "cli/arguments/size.h"
#include "cli/arguments/task_options.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class MergeCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    define_work(app, work_);
    define_threads(app, threads_, "The run", "number of threads (default: all usable processors)");
    define_memory(app, memory_, "The run");
    app.add_flag("-q,--quiet", quiet_, "do not print the number of shards")->group("The run");
    app.footer(
        "Writes WORK/layout.json and prints the number of shards.\n"
        "Exit status: 0 done, now or earlier; 2 usage error; 3 input or output failed; 4 parts are missing;\n"
        "130, 143 interrupted.");
  }

  std::string resolve() override { return check_work(work_); }

  int run() const override {
    const StopDeadline deadline("interrupted; run visionshard merge again");
    MergeResources resources{threads_, 0};
    set_size(resources.memory_bytes, memory_);
    const MergeOutcome outcome = merge_parts(work_, stop, resources);
    if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
    if (!quiet_) print(std::to_string(outcome.shards) + "\n");
    return finished(exit_done);
  }

 private:
  std::string work_, memory_;
  unsigned threads_ = 0;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_merge_command() { return std::make_unique<MergeCommand>(); }

}  // namespace visionshard::cli
