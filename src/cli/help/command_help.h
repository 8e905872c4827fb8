// The text of --help.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace visionshard::cli {

/// The help of a command, or of the program, even where a command was parsed.
std::string help_of(const CLI::App& app);

/// The names of the commands that --help lists.
std::vector<std::string> command_names(const CLI::App& program);

}  // namespace visionshard::cli
