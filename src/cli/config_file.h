// Options from a TOML file: each key is the long name of an option.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace visionshard::cli {

/// Gives `app`'s options that the command line left alone the values in the TOML file at `path`. Returns one sentence
/// that names the file and the line where something is wrong, empty where all is well.
std::string apply_config_file(CLI::App& app, const std::string& path);

}  // namespace visionshard::cli
