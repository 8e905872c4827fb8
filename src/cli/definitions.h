// The commands and options that CLI11 was given, in the terms of a manual: --help, the man page and the completions say
// the same because they come from the same place.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace visionshard::cli {

struct DefinedOption {
  std::vector<std::string> names;    // "-o", "--output"
  std::string value;                 // "SIZE", "bake|keep"; empty of a flag
  std::vector<std::string> choices;  // the words among `value`, which are in lower case: "bake", "keep"
  bool takes_file = false;
  bool takes_directory = false;
  std::string default_value;  // empty where none is known
  std::string description;
};

struct DefinedGroup {
  std::string title;
  std::vector<DefinedOption> options;
};

struct DefinedOperand {
  std::string name;
  std::string description;
  bool repeats = false;
};

struct DefinedCommand {
  std::string name;
  std::string description;
  std::vector<DefinedOperand> operands;
  std::vector<DefinedGroup> groups;
  std::string footer;  // lines; one that begins with a small letter or a digit continues the one before
};

/// What the option's value is called: "SIZE", "bake|keep"; empty of a flag. Pure.
std::string value_name(const CLI::Option& option);

struct DefinedProgram {
  DefinedCommand program;
  std::vector<DefinedCommand> commands;
};

/// What `app` and its commands were given, in the order of --help, without what --help hides.
DefinedProgram definitions_of(const CLI::App& app);

/// The names of all options of `command`.
std::vector<std::string> option_names(const DefinedCommand& command);

}  // namespace visionshard::cli
