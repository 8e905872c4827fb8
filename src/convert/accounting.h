// What must hold of a run's counts, and what its user should know of them.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include "base/result.h"

namespace visionshard::conversion {

/// Fault: some line or image is not accounted for. Pure.
RunResult<void> check_conservation(const Counts& counts);

/// Keeps the place of a rejected line where it is among the first of its reason.
void add_first_reject(RunReport& report, FaultCode code, RejectedPlace place);

/// Adds what became of the lines of a part of input `file`; the parts of a file come in their order. `part` counts its
/// lines from the part's beginning. Pure.
void add_part(RunReport& sum, const RunReport& part, std::size_t file);

/// Adds to the report's warnings what the provider may not like of its shards. Pure.
void add_warnings(const Limits& limits, RunReport& report);

}  // namespace visionshard::conversion
