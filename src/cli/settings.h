// Where options get their values from: the command line, then the environment, then a TOML file, then the defaults.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <map>
#include <string>

namespace visionshard::cli {

/// nullptr where the environment has no such variable.
using Environment = std::function<const char*(const char* name)>;

/// "VISIONSHARD_MAX_IMAGE_BYTES" for --max-image-bytes.
std::string environment_name(const CLI::Option& option);

/// A sentence for each variable of `environment` (environ(7)) that no option of any command has, and that is nearly one
/// of `app`'s; what is further off may be somebody else's.
std::string mistyped_variables(CLI::App& app, const char* const* environment);

class Settings {
 public:
  /// Gives `app`'s options that have no value yet those that the environment has for them. Returns one sentence that
  /// names the variable where something is wrong, empty where all is well.
  std::string apply_environment(CLI::App& app, const Environment& environment);

  /// The same from the TOML file at `path`: each key is the long name of an option. The sentence names file and line.
  std::string apply_file(CLI::App& app, const std::string& path);

  /// `app`'s options as a TOML file that would say the same, with where each value came from.
  std::string shown(const CLI::App& app) const;

 private:
  std::map<const CLI::Option*, std::string> sources_;
};

}  // namespace visionshard::cli
