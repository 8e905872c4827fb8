#pragma once

#include <string>

namespace visionshard {

inline constexpr char version[] = "0.1.0";

/// One line a library: the versions of what this build runs on, and the base64 kernel in use. Thread-safe.
std::string build_description();

}  // namespace visionshard
