// What a person reads after a run.
#pragma once

#include <visionshard/generate.h>
#include <visionshard/report.h>

#include <string>

namespace visionshard::cli {

/// The summary of a run that wrote to `directory`.
std::string summary_text(const RunReport& report, const std::string& directory);

/// The summary of a corpus written to `file`.
std::string summary_text(const GenerateOutcome& outcome, const std::string& file);

}  // namespace visionshard::cli
