// The part of report.html about all images: how large, of which kinds, before and after.
#pragma once

#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Appends the sections "images" and "formats".
void append_images(std::string& page, const RunReport& report);

}  // namespace visionshard::report
