#include <visionshard/exclude.h>

#include "base/atomic_file.h"
#include "cli/arguments/validators.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class ExcludeCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("SHARD", report_.shards, "the file that was uploaded; more than one if the text names its files");
    app.add_option(
           "--from-report", report_.text_path,
           "a file with the provider's message about skipped lines, as text or JSON, or a list of FILE:LINE; or the "
           "message itself")
        ->type_name("TEXT");
    app.add_option("-o,--output", output_, "the list to write (default: standard output)")->type_name("FILE");
    app.footer(
        "Writes a list for convert --exclude: an entry for each line number in the message, with the SHA-256 of the\n"
        "line in the shard. It matches that line, and also the line of the raw corpus from which it was made.\n"
        "Exit status: 0 done; 2 usage error, or no line numbers; 3 input or output failed; 130, 143 interrupted.\n"
        "Example: visionshard exclude --from-report message.txt upload/train-00000.jsonl -o skipped.jsonl");
  }

  std::string resolve() override {
    if (report_.text_path.empty()) return "--from-report is required: the file with the provider's message";
    return {};
  }

  int run() const override {
    const StopDeadline deadline("interrupted");
    std::string list;
    const ExcludeOutcome outcome = list_skipped(report_, stop, [&](std::string_view entry) { list += entry; });
    print_warnings(outcome.warnings);
    if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
    if (output_.empty()) {
      print(list);
    } else if (const auto written = write_file_atomically(output_, list, Durability::synced); !written) {
      return *report_failure(RunStatus::failed, written.error().message);
    }
    return finished(exit_done);
  }

 private:
  SkippedReport report_;
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_exclude_command() { return std::make_unique<ExcludeCommand>(); }

}  // namespace visionshard::cli
