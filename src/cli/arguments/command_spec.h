// The commands and options of a CLI11 program in the terms of a manual. The man page and the completions are made from
// them, and so agree with --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace visionshard::cli {

struct OptionSpec {
  std::vector<std::string> names;    // "-o", "--output"
  std::string value;                 // "SIZE", "bake|keep"; empty of a flag
  std::vector<std::string> choices;  // the words in `value` that are in lower case: "bake", "keep"
  bool takes_file = false;
  bool takes_directory = false;
  std::string default_value;  // empty where none is known
  std::string description;
};

struct OptionGroup {
  std::string title;
  std::vector<OptionSpec> options;
};

struct OperandSpec {
  std::string name;
  std::string description;
  std::vector<std::string> choices;  // where it is one of some words
  bool repeats = false;
};

struct CommandSpec {
  std::string name;
  std::string description;
  std::vector<OperandSpec> operands;
  std::vector<OptionGroup> groups;
  std::string footer;  // lines; one that begins with a small letter or a digit continues the one before
};

/// The placeholder of the option's value: "SIZE", "bake|keep"; empty for a flag.
std::string value_name(const CLI::Option& option);

struct ProgramSpec {
  CommandSpec itself;  // its own options
  std::vector<CommandSpec> commands;
};

/// `app` and its commands in the order of --help, without those that --help hides.
ProgramSpec describe_program(const CLI::App& app);

/// The names of all options of `command`.
std::vector<std::string> option_names(const CommandSpec& command);

}  // namespace visionshard::cli
