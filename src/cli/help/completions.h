// Scripts that let a shell complete commands, options and values at the Tab key.
#pragma once

#include <string>

#include "cli/arguments/command_spec.h"

namespace visionshard::cli {

/// A script for bash to source: commands, options, topics of help, and the values of options that have a fixed set.
std::string bash_completions(const ProgramSpec& program);

/// A function file for the $fpath of zsh, with descriptions.
std::string zsh_completions(const ProgramSpec& program);

/// A file for fish's directory of completions, with descriptions.
std::string fish_completions(const ProgramSpec& program);

/// The same of a program that has one command, which is the program's own.
std::string bash_completions_of_command(const CommandSpec& program);
std::string zsh_completions_of_command(const CommandSpec& program);
std::string fish_completions_of_command(const CommandSpec& program);

}  // namespace visionshard::cli
