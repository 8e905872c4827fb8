// What a person or a program reads after visionshard-screen.
#pragma once

#include <string>

#include "screen/screen.h"

namespace visionshard::cli {

/// What was looked at, what was not and why, and where faces were seen.
std::string screen_text(const screen::ScreenReport& report);

/// The same as one JSON object and a newline.
std::string screen_json(const screen::ScreenReport& report);

}  // namespace visionshard::cli
