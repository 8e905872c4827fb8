// The interface of a command, and all commands but those whose requests the unit tests look at (convert.h, check.h,
// generate.h).
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "cli/arguments/settings.h"

namespace visionshard::cli {

/// One command. define() comes first; once its options have their values, resolve(), then run().
class Command {
 public:
  Command() = default;
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// Gives `app` the command's options.
  virtual void define(CLI::App& app) = 0;
  /// Finds out what the options' values mean together. Returns what is wrong, empty where nothing is.
  virtual std::string resolve() { return {}; }
  /// Does what was asked and prints the result. Returns the exit status: that of finished().
  virtual int run() const = 0;
};

/// `settings` are those of the command line that the command is part of.
std::unique_ptr<Command> make_config_command(const Settings& settings);
/// `program` has all commands.
std::unique_ptr<Command> make_completions_command(const CLI::App& program);
std::unique_ptr<Command> make_exclude_command();
std::unique_ptr<Command> make_help_command(const CLI::App& program);
std::unique_ptr<Command> make_manual_command(const CLI::App& program);
std::unique_ptr<Command> make_map_command();
std::unique_ptr<Command> make_merge_command();
std::unique_ptr<Command> make_pack_command();
std::unique_ptr<Command> make_plan_command();
std::unique_ptr<Command> make_profiles_command();
std::unique_ptr<Command> make_seal_command();
std::unique_ptr<Command> make_status_command();

}  // namespace visionshard::cli
