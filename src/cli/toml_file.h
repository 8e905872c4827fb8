// A TOML file, guarded against what the parser is not.
#pragma once

#include <toml++/toml.h>

#include <string>

namespace visionshard::cli {

/// Returns one sentence that names the file, and the line where one is to blame; empty where `table` is filled.
std::string read_toml(const std::string& path, toml::table& table);

}  // namespace visionshard::cli
