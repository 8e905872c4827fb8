// Options that contradict each other or cannot be.
#pragma once

#include <visionshard/options.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::conversion {

/// Before anything is read or written. Fault: refused, with the options' names on the command line.
RunResult<void> check_options(const ConvertOptions& options);

/// The files and folders, besides the inputs, that a run reads after it has cleared its output folder.
std::vector<std::string> read_later(const ConvertOptions& options);

}  // namespace visionshard::conversion
