// A section of report.html: near-duplicates.
#pragma once

#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Appends what was found of near-duplicates, with pairs of pictures; for a section.
void append_near_duplicates(std::string& page, const RunReport& report);

}  // namespace visionshard::report
