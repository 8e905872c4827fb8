// What a shell offers at the Tab key.
#pragma once

#include <string>

#include "cli/definitions.h"

namespace visionshard::cli {

/// A script that bash sources: commands, options, and the values of an option that has a fixed set of them.
std::string bash_completions(const DefinedProgram& program);

/// A function file for zsh's $fpath; it also shows the descriptions.
std::string zsh_completions(const DefinedProgram& program);

/// A file for fish's completions folder; it also shows the descriptions.
std::string fish_completions(const DefinedProgram& program);

}  // namespace visionshard::cli
