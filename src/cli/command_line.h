// The command line: all commands, and which of them the arguments ask for.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments/settings.h"
#include "cli/commands/commands.h"

namespace visionshard::cli {

struct ParsedCommandLine {
  const Command* command = nullptr;  // ready to run; nullptr: the process is to end with `exit_status`
  int exit_status = 0;
  std::string standard_output;
  std::string standard_error;
};

class CommandLine {
 public:
  CommandLine();

  /// Reads the arguments, the environment, and the files that --config and --profile name. Reads standard input for
  /// `--task -`, and touches nothing else. To be called once.
  ParsedCommandLine parse(int argc, const char* const* argv, const Environment& environment = std::getenv);

 private:
  struct Entry {
    CLI::App* app;
    std::unique_ptr<Command> command;
  };

  CLI::App& add(const char* name, const char* description, std::unique_ptr<Command> command);

  CLI::App app_;
  Settings settings_;
  std::vector<Entry> entries_;
};

}  // namespace visionshard::cli
