#include "cli/arguments/display_options.h"

#include "cli/arguments/validators.h"

namespace visionshard::cli {

void define_display(CLI::App& app, ParsedDisplay& p, const char* group) {
  add_choice(app, "--progress", p.progress, progress_words, "how to show progress on standard error")->group(group);
  app.add_flag("-q,--quiet", p.quiet, "print no progress and no summary")->group(group);
  define_config(app, p.config, group);
}

void define_config(CLI::App& app, std::string& config, const char* group) {
  app.add_option("--config", config, "read options from a TOML file; the command line has priority")
      ->type_name("FILE")
      ->group(group);
}

}  // namespace visionshard::cli
