#include "cli/commands/check.h"

#include <array>

#include "base/option_words.h"
#include "cli/arguments/validators.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/freed_memory.h"
#include "cli/interrupt.h"
#include "cli/terminal/check_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

constexpr std::array model_words = {OptionWord{"gpt-4o", ModelFamily::tiles}, OptionWord{"gpt-4.1", ModelFamily::tiles},
                                    OptionWord{"gpt-4.1-mini", ModelFamily::patches_mini},
                                    OptionWord{"gpt-4.1-nano", ModelFamily::patches_nano}};

}  // namespace

void CheckCommand::define(CLI::App& app) {
  app.add_option("INPUT", inputs_,
                 "JSON Lines files, directories of them, the output directory of a run, or - for standard input");
  define_input_layout(app, limits_);
  define_limits(app, limits_);
  const char* images = "Images";
  define_image_limits(app, limits_, images, "keep: do not report EXIF orientation");
  add_choice(app, "--model", model_, model_words, "the model whose image tokens are counted")->group(images);
  app.add_option("--image-root", image_root_, "look at images that are local files below DIR, which convert inlines")
      ->type_name("DIR")
      ->group(images);
  app.add_option("--store", store_, "look up images by URL in this store of visionshard fetch, and check them too")
      ->type_name("DIR")
      ->group(images);
  const char* run = "The run";
  app.add_flag("--list", list_, "print every finding when it is found, one a line")->group(run);
  app.add_flag("--json", json_, "print the report as one JSON object")->group(run);
  define_resources(app, limits_, run);
  define_display(app, display_, run);
  app.footer(
      "Reports everything that the provider would not accept, including what convert would correct. Changes nothing.\n"
      "Exit status: 0 the provider would accept the files; 1 it would refuse, skip or cut something; 2 usage error;\n"
      "3 input failed; 4 the store is not sealed; 130, 143 interrupted.\n"
      "Example: visionshard check upload --profile azure");
}

std::string CheckCommand::resolve() {
  options_.inputs = inputs_;
  ChosenProfile profile;
  if (std::string error = cli::resolve(limits_, profile, options_.line, options_.image); !error.empty()) return error;
  options_.profile = profile.name;
  options_.limits = profile.limits;
  options_.line.image_root = image_root_;
  options_.line.store = store_;
  options_.model = model_;
  options_.threads = limits_.threads;
  set_size(options_.memory_bytes, limits_.memory);
  return check_inputs(options_.inputs);
}

// The list is printed while it is found: it can be longer than memory.
void CheckCommand::print_finding(CheckJsonStream& stream, const Finding& finding) const {
  print(json_ ? stream.append(finding) : finding_text(finding));
}

void CheckCommand::print_report(CheckJsonStream& stream, const CheckReport& report) const {
  if (json_)
    print(list_ ? stream.finish(options_, report) : check_json(options_, report));
  else if (!display_.quiet)
    print((list_ ? "\n" : "") + check_text(options_, report));
}

int CheckCommand::run() const {
  limit_freed_memory(options_.threads, options_.memory_bytes);
  const StopDeadline deadline("interrupted during an image or a read");
  ProgressPrinter progress(list_ ? ProgressStyle::off : display_.style());
  CheckJsonStream stream;
  bool has_findings = false;
  const OnFinding on_finding = [&](const Finding& finding) {
    has_findings = true;
    print_finding(stream, finding);
  };
  const CheckOutcome outcome = check(
      options_, stop, [&](const ProgressReport& so_far) { progress.update(so_far); }, list_ ? on_finding : OnFinding());
  progress.clear();
  if (const auto status = report_failure(outcome.status, outcome.message)) {
    if (json_ && has_findings) print(stream.finish());
    return finished(*status);
  }
  print_report(stream, outcome.report);
  return finished(outcome.report.accepted ? exit_done : exit_not_accepted);
}

}  // namespace visionshard::cli
