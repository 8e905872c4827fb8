// The part of report.html about the run itself: its options, and the time of each stage.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Appends the section "options".
void append_options(std::string& page, const ConvertOptions& options);

/// Appends the section "time".
void append_times(std::string& page, const RunReport& report);

}  // namespace visionshard::report
