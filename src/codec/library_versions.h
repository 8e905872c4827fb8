#pragma once

#include <string>

namespace visionshard::codec {

/// "NAME VERSION" of each codec library in use, a line each.
std::string library_versions();

}  // namespace visionshard::codec
