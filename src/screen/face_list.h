// The list that `visionshard convert --exclude` reads.
#pragma once

#include <string>

#include "screen/screen.h"

namespace visionshard::screen {

/// A line with the image's digest, its size, the faces seen in it and where it stands, with a newline.
std::string list_entry(const ImageWithFaces& image, const std::vector<std::string>& sources);

/// "FILE:LINE".
std::string place_text(const Place& place, const std::vector<std::string>& sources);

}  // namespace visionshard::screen
