// report.html: the run for people, in one file that needs nothing else.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Text from the corpus is data in it, never markup.
std::string report_html(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard::report
