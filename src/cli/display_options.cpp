#include "cli/display_options.h"

#include "cli/validators.h"

namespace visionshard::cli {

void define_display(CLI::App& app, TypedDisplay& t, const char* group) {
  add_choice(app, "--progress", t.progress,
             {{"auto", ProgressStyle::automatic},
              {"bar", ProgressStyle::bar},
              {"plain", ProgressStyle::plain},
              {"json", ProgressStyle::json},
              {"off", ProgressStyle::off}},
             "on standard error")
      ->group(group);
  app.add_flag("-q,--quiet", t.quiet, "no progress and no summary")->group(group);
  app.add_option("--config", t.config, "read options from a TOML file; the command line wins")
      ->type_name("FILE")
      ->group(group);
}

}  // namespace visionshard::cli
