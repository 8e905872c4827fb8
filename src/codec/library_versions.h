// Which codec libraries decode and encode.
#pragma once

#include <string>

namespace visionshard::codec {

/// "NAME VERSION" of each codec library in use, a line each. libjpeg-turbo, libdeflate and giflib cannot be asked:
/// theirs are those this was built with. Loads libheif and libjxl. Throws std::bad_alloc.
std::string library_versions();

/// The same of those that are there from the start: all but libheif and libjxl.
std::string linked_library_versions();

/// The same of libheif and libjxl, as far as an image has needed them.
std::string needed_library_versions();

}  // namespace visionshard::codec
