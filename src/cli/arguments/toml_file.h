// A TOML file, with limits against input that would make the parser use too much memory or stack.
#pragma once

#include <toml++/toml.h>

#include <string>

namespace visionshard::cli {

/// Returns one sentence that names the file, and the line if the fault is in one; empty where `table` is filled.
std::string read_toml(const std::string& path, toml::table& table);

}  // namespace visionshard::cli
