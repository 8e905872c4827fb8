// The page that shows a person the pictures with faces.
#pragma once

#include <string>

#include "screen/screen.h"

namespace visionshard::screen {

/// An HTML page that needs nothing else: each picture that has a thumbnail, with its faces marked. Text from the corpus
/// is data in it, never markup.
std::string face_page(const ScreenOptions& options, const ScreenReport& report);

}  // namespace visionshard::screen
