// The part of report.html that shows images.
#pragma once

#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Appends the section "gallery".
void append_gallery(std::string& page, const RunReport& report);

}  // namespace visionshard::report
