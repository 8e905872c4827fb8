// The limits and rules of all built-in profiles.
#pragma once

#include <string>

namespace visionshard::cli {

/// A row for each rule, a column for each profile.
std::string profile_table();

}  // namespace visionshard::cli
