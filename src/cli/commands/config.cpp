#include "cli/arguments/convert_options.h"
#include "cli/arguments/settings.h"
#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class ConfigCommand final : public Command {
 public:
  explicit ConfigCommand(const Settings& settings) : settings_(settings) {}

  void define(CLI::App& app) override {
    app_ = &app;
    define_convert(app, parsed_);
    app.footer("Takes the options of convert and prints them as a file for --config. Converts nothing.");
  }

  int run() const override {
    if (const std::string error = settings_.check_toml(*app_); !error.empty()) {
      print_message(error);
      return exit_usage;
    }
    print(settings_.as_toml(*app_));
    return finished(exit_done);
  }

 private:
  const Settings& settings_;
  const CLI::App* app_ = nullptr;
  ParsedConvert parsed_;
};

}  // namespace

std::unique_ptr<Command> make_config_command(const Settings& settings) {
  return std::make_unique<ConfigCommand>(settings);
}

}  // namespace visionshard::cli
