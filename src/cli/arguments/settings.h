// Where options get their values from: the command line, else the environment, else a TOML file, else the defaults.
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

/// A warning for each variable of `environment` (environ(7)) that belongs to no option of any command, but has almost
/// the name of one of `app`'s. Other names may belong to other programs.
std::string mistyped_variables(CLI::App& app, const char* const* environment);

class Settings {
 public:
  /// Gives the options of `app` that have no value yet the value that the environment has for them, or else the file
  /// that --config names. Returns one sentence that names the variable or the file and the line where something is
  /// wrong, empty where nothing is.
  std::string apply(CLI::App& app, const Environment& environment);

  /// The options of `app` as a TOML file that sets the same values, with the source of each value as a comment.
  std::string as_toml(const CLI::App& app) const;
  /// What keeps the values from being written so: a name that is not UTF-8.
  std::string check_toml(const CLI::App& app) const;

 private:
  std::string apply_environment(CLI::App& app, const Environment& environment);
  std::string apply_file(CLI::App& app, const std::string& path);

  std::map<const CLI::Option*, std::string> sources_;
};

}  // namespace visionshard::cli
