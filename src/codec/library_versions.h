#pragma once

#include <string>

namespace visionshard::codec {

/// "NAME VERSION" of each codec library in use, a line each. libjpeg-turbo, libdeflate and giflib cannot be asked:
/// theirs are those this was built with. Throws std::bad_alloc.
std::string library_versions();

}  // namespace visionshard::codec
