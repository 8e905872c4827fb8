// What a person reads when a check is over.
#pragma once

#include <visionshard/check.h>

#include <string>

namespace visionshard::cli {

/// The validation, the table of findings, the files and what is in them.
std::string check_text(const CheckOptions& options, const CheckReport& report);

/// One finding as a line: "FILE:LINE: CODE: POINTER: DETAIL".
std::string finding_text(const Finding& finding);

}  // namespace visionshard::cli
