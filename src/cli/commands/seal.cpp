#include "cli/arguments/task_options.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/run_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class SealCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    const char* run = "The run";
    define_work(app, work_);
    app.add_flag("--json", json_, "print the summary as one JSON object")->group(run);
    app.add_flag("-q,--quiet", quiet_, "print no summary")->group(run);
    define_no_sync(app, no_sync_, run);
    app.footer(
        "After seal, WORK has what convert writes: all but report.html and run.json is the same, byte for byte.\n"
        "Exit status: 0 done, now or earlier; 1 more lines were rejected than the plan's --max-rejects allows;\n"
        "2 usage error; 3 input or output failed; 4 shards or parts are missing; 130, 143 interrupted.");
  }

  std::string resolve() override { return check_work(work_); }

  int run() const override {
    const StopDeadline deadline("interrupted; run visionshard seal again");
    const SealOutcome outcome = seal_job(work_, !no_sync_, stop);
    print_warnings(outcome.report.warnings);
    if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
    if (json_)
      print(summary_json(outcome.options, outcome.report));
    else if (!quiet_ && !outcome.was_complete)
      print(summary_text(outcome.report, work_));
    const RejectBound bound = parse_reject_bound(outcome.max_rejects).value_or(RejectBound{});
    return finished(status_of_rejects(bound, outcome.report.counts));
  }

 private:
  std::string work_;
  bool json_ = false, quiet_ = false, no_sync_ = false;
};

}  // namespace

std::unique_ptr<Command> make_seal_command() { return std::make_unique<SealCommand>(); }

}  // namespace visionshard::cli
