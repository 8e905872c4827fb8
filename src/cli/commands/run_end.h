// What the commands that run for long say when they end.
#pragma once

#include <visionshard/report.h>
#include <visionshard/status.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/arguments/reject_bound.h"

namespace visionshard::cli {

/// Prints `message`, if any. The exit status of a run with this status; nothing where it is done.
std::optional<int> report_failure(RunStatus status, const std::string& message);

void print_warnings(const std::vector<std::string>& warnings);

/// The exit status of a run that is done, with a message where more lines were rejected than the bound allows.
int status_of_rejects(const RejectBound& bound, const Counts& counts);

/// For a run that --stall-timeout ends. `advice` is empty, or begins with "; ".
std::string stall_message(unsigned seconds, const std::string& stages, const std::string& advice);

}  // namespace visionshard::cli
