#include "cli/command_line.h"

#include <fmt/format.h>
#include <unistd.h>
#include <visionshard/version.h>

#include <algorithm>
#include <string_view>

#include "cli/arguments/suggestion.h"
#include "cli/commands/check.h"
#include "cli/commands/convert.h"
#include "cli/commands/fetch.h"
#include "cli/commands/generate.h"
#include "cli/exit_status.h"
#include "cli/help/command_help.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

ParsedCommandLine usage_error(std::string_view message, std::string_view command = {}) {
  ParsedCommandLine parsed;
  parsed.exit_status = exit_usage;
  parsed.standard_error = fmt::format("visionshard: {}; see visionshard {}{}--help\n", printable(message), command,
                                      command.empty() ? "" : " ");
  return parsed;
}

// For the first option among the arguments that `command` does not have.
std::string suggestion_for(const CLI::App& command, int argc, const char* const* argv) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (int i = 1; i < argc; ++i) {
    const std::string argument = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (argument.starts_with("--") && argument.size() > 2 &&
        std::find(names.begin(), names.end(), argument) == names.end())
      return suggestion(argument, names);
  }
  return {};
}

}  // namespace

CommandLine::CommandLine()
    : app_(
          "Turns raw vision fine-tuning corpora into upload-ready shards and records why each rejected line was "
          "rejected.",
          "visionshard") {
  app_.set_version_flag("--version", build_description);
  app_.require_subcommand(1);
  add("convert", "convert raw JSON Lines into shards that a provider accepts", std::make_unique<ConvertCommand>());
  add("check", "check whether a provider would accept the files; writes nothing", std::make_unique<CheckCommand>());
  add("fetch", "download the images that a corpus names by URL into a store", std::make_unique<FetchCommand>());
  add("exclude", "make a list for convert --exclude from the provider's message about skipped lines",
      make_exclude_command());
  add("profiles", "show what each provider accepts, and how to write your own profile", make_profiles_command());
  add("generate", "generate a synthetic corpus for benchmarks, demos and tests", std::make_unique<GenerateCommand>());
  add("plan", "many machines, step 1: divide a job into parts", make_plan_command());
  add("map", "many machines, step 2: convert some of the parts", make_map_command());
  add("merge", "many machines, step 3: lay out the shards, when all parts are converted", make_merge_command());
  add("pack", "many machines, step 4: write some of the shards", make_pack_command());
  add("seal", "many machines, step 5: complete the directory, when all shards are written", make_seal_command());
  add("status", "many machines: show what is done and which tasks are missing", make_status_command());
  add("config", "show the settings that convert would use, and where each one comes from",
      make_config_command(settings_));
  add("help", "show help on a command or a topic", make_help_command(app_));
  // For those who make packages: --help does not list them.
  add("manual", "print the man page in roff", make_manual_command(app_)).group("");
  add("completions", "print completions for a shell", make_completions_command(app_)).group("");
  app_.footer(
      "Examples: visionshard convert raw.jsonl -o upload\n"
      "          visionshard check upload\n"
      "More: visionshard COMMAND --help, visionshard help");
}

CLI::App& CommandLine::add(const char* name, const char* description, std::unique_ptr<Command> command) {
  CLI::App* const app = app_.add_subcommand(name, description);
  command->define(*app);
  entries_.push_back({app, std::move(command)});
  return *app;
}

ParsedCommandLine CommandLine::parse(int argc, const char* const* argv, const Environment& environment) {
  if (argc < 2) return usage_error("no command is given");
  if (argv[1][0] != '-' &&
      std::none_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.app->check_name(argv[1]); }))
    return usage_error(
        fmt::format("there is no command '{}'{}", excerpt(argv[1]), suggestion(argv[1], command_names(app_))));
  ParsedCommandLine parsed;
  const auto chosen = [&]() -> CLI::App* {
    const auto all = app_.get_subcommands();
    return all.empty() ? nullptr : all.front();
  };
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.standard_output = help_of(chosen() != nullptr ? *chosen() : app_);
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.standard_output = version.what();
    return parsed;
  } catch (const CLI::ParseError& error) {
    const CLI::App* const command = chosen() != nullptr ? chosen() : &app_;
    // The message can contain everything that was typed.
    constexpr std::size_t max_bytes = 300;
    std::string message = error.what();
    if (message.size() > max_bytes) message = message.substr(0, max_bytes) + "...";
    return usage_error(message + suggestion_for(*command, argc, argv), command == &app_ ? "" : command->get_name());
  }
  const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.app == chosen(); });
  CLI::App& app = *entry->app;
  std::string error = settings_.apply(app, environment);
  if (error.empty()) error = entry->command->resolve();
  if (!error.empty()) return usage_error(error, app.get_name());
  parsed.command = entry->command.get();
  parsed.standard_error = mistyped_variables(app, environ);
  return parsed;
}

}  // namespace visionshard::cli
