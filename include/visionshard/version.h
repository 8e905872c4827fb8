// Which visionshard this is, and what it is built on.
#pragma once

#include <string>

namespace visionshard {

/// MAJOR.MINOR.PATCH, as the package has it.
inline constexpr char version[] = "0.1.0";

/// One line a library: the versions of what this build runs on, and the base64 kernel in use. Thread-safe.
std::string build_description();

}  // namespace visionshard
