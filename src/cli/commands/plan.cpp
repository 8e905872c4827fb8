#include <visionshard/distribute.h>

#include <string>

#include "cli/arguments/convert_options.h"
#include "cli/arguments/validators.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class PlanCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    define_convert(app, parsed_);
    app.add_option("--part-bytes", part_bytes_, "divide uncompressed files into parts of this size (default 256MiB)")
        ->check(is_size)
        ->option_text("SIZE")
        ->group("The run");
    app.footer(
        "Writes DIR/plan.json and prints the number of parts. Then run, on any machines that see DIR: map for each\n"
        "task, merge once, pack for each task, seal once. Every step can be run again at any time.\n"
        "Exit status: 0 done; 2 usage error, or DIR has another plan; 3 input or output failed;\n"
        "4 the store is not sealed; 130, 143 interrupted.\n"
        "Example: visionshard plan raw/ -o work --part-bytes 256MiB");
  }

  std::string resolve() override {
    ConvertRequest request;
    if (std::string error = cli::resolve(parsed_, request); !error.empty()) return error;
    if (request.json || !request.log_file.empty() || !request.metrics_file.empty())
      return "plan has no --json, --log-file or --metrics, because it converts nothing; give --json to seal";
    if (request.options.output.resume) return "plan has no --resume; run any step of a job again as it is";
    options_.convert = std::move(request.options);
    options_.max_rejects = parsed_.max_rejects;
    set_size(options_.part_bytes, part_bytes_);
    return options_.part_bytes == 0 ? "--part-bytes must be at least 1" : "";
  }

  int run() const override {
    const StopDeadline deadline("interrupted while measuring the corpus");
    ProgressPrinter progress(parsed_.display.style());
    const PlanOutcome outcome =
        plan_job(options_, stop, [&](const ProgressReport& so_far) { progress.update(so_far); });
    progress.clear();
    if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
    print(fmt::format("{}\n", outcome.parts));
    return finished(exit_done);
  }

 private:
  ParsedConvert parsed_;
  std::string part_bytes_;
  PlanOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_plan_command() { return std::make_unique<PlanCommand>(); }

}  // namespace visionshard::cli
