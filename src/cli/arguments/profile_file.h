// A user's own profile: a TOML file that starts from one of the built-in profiles.
#pragma once

#include <visionshard/options.h>

#include <string>

namespace visionshard::cli {

struct ChosenProfile {
  std::string name;
  Limits limits;
};

/// Whether `text` names a file and not a built-in profile: it ends in ".toml" or has a slash.
bool is_profile_file(const std::string& text);

/// Reads the file at `path`. Returns one sentence that names the file and the line where something is wrong, empty
/// where nothing is.
std::string read_profile_file(const std::string& path, ChosenProfile& profile);

/// The keys that such a file can have and what they mean, one a line.
std::string profile_keys();

}  // namespace visionshard::cli
