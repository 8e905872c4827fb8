#include "cli/check_options.h"

#include "cli/validators.h"

namespace visionshard::cli {

void define_check(CLI::App& app, TypedCheck& t) {
  app.add_option("INPUT", t.inputs,
                 "JSON Lines files, directories of them, the folder of a finished run, or - for standard input");
  define_limits(app, t.limits);
  const char* images = "Images";
  define_image_limits(app, t.limits, images, "keep: EXIF orientation is no finding");
  add_choice(app, "--model", t.model,
             {{"gpt-4o", ModelFamily::tiles},
              {"gpt-4.1", ModelFamily::tiles},
              {"gpt-4.1-mini", ModelFamily::patches_mini},
              {"gpt-4.1-nano", ModelFamily::patches_nano}},
             "by whose count images fill the context")
      ->group(images);
  const char* run = "The run";
  app.add_flag("--list", t.list, "print every finding, one a line, as it is met")->group(run);
  app.add_flag("--json", t.json, "print the report as one JSON object")->group(run);
  define_resources(app, t.limits, run);
  define_display(app, t.display, run);
  app.footer(
      "Looks at everything and changes nothing; without tolerance: what convert would repair is a finding too.\n"
      "Exit status: 0 the provider would take it; 1 it would refuse, skip or cut something; 2 usage; 3 input failed;\n"
      "130, 143 interrupted.\n"
      "Example: visionshard check upload --profile azure");
}

std::string meaning_of(const TypedCheck& t, CheckCommand& command) {
  CheckOptions& c = command.options;
  c.inputs = t.inputs;
  ChosenProfile profile;
  if (std::string wrong = meaning_of(t.limits, profile, c.line, c.image); !wrong.empty()) return wrong;
  c.profile = profile.name;
  c.limits = profile.limits;
  c.model = t.model;
  c.threads = t.limits.threads;
  set_size(c.memory_bytes, t.limits.memory);
  command.progress = t.display.quiet ? ProgressStyle::off : t.display.progress;
  command.quiet = t.display.quiet;
  command.json = t.json;
  command.list = t.list;
  if (std::string wrong = wrong_inputs(c.inputs); !wrong.empty()) return wrong;
  return {};
}

}  // namespace visionshard::cli
