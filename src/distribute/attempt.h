// One try of one task at one item: a name that no other try has.
#pragma once

#include <string>

namespace visionshard::distribute {

/// This machine's name, as far as it can be part of a file name.
std::string host_name();

/// "HOST.PROCESS.RANDOM".
std::string new_attempt();

}  // namespace visionshard::distribute
