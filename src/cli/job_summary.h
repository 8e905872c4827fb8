// What a person or a script reads of a job over many machines.
#pragma once

#include <visionshard/distribute.h>

#include <string>

namespace visionshard::cli {

std::string status_text(const JobStatus& status);

/// One JSON object with a newline after it.
std::string status_json(const JobStatus& status);

}  // namespace visionshard::cli
