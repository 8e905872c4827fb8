// A user's own profile: a TOML file that starts from a named one.
#pragma once

#include <visionshard/options.h>

#include <string>

namespace visionshard::cli {

struct ChosenProfile {
  std::string name;
  Limits limits;
};

/// Whether `text` names a file and not a profile of the program: it ends in ".toml" or has a slash.
bool is_profile_file(const std::string& text);

/// Reads the file at `path`. Returns one sentence that names the file and the line where something is wrong, empty
/// where all is well.
std::string read_profile_file(const std::string& path, ChosenProfile& profile);

/// The keys such a file can have, and what they mean, for people.
std::string profile_file_help();

}  // namespace visionshard::cli
