// What a person reads after a check.
#pragma once

#include <visionshard/check.h>

#include <string>

namespace visionshard::cli {

/// Whether the provider would accept the files, the findings, a row for each file, and statistics of the images.
std::string check_text(const CheckOptions& options, const CheckReport& report);

/// One finding as a line: "FILE:LINE: CODE: POINTER: DETAIL".
std::string finding_text(const Finding& finding);

}  // namespace visionshard::cli
