// The reports and the manifest of a finished run.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include "base/result.h"

namespace visionshard::conversion {

/// Writes run.json, report.html and, last, manifest.json into the output directory: if the manifest exists, everything
/// else does. Writes nothing where the options keep nothing. Faults: the counts do not add up, there are more shards
/// than requested, or the system fails.
RunResult<void> write_reports(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard::conversion
