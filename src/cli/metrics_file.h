// A run's numbers for Prometheus, as its node exporter's textfile collector takes them.
#pragma once

#include <visionshard/convert.h>

#include <string>

namespace visionshard::cli {

/// In the text format, version 0.0.4 (Prometheus documentation, "Exposition formats"). Pure but for the time.
std::string metrics_text(const RunOutcome& outcome, int exit_status);

/// Why nothing could be written to `path`, before there is anything to write; or nothing. `output` is a folder that
/// will be there by then.
std::string wrong_metrics_path(const std::string& path, const std::string& output);

/// Writes them beside `path` and renames: a collector never sees half of them. Returns what is wrong, or nothing.
std::string write_metrics(const std::string& path, const RunOutcome& outcome, int exit_status);

}  // namespace visionshard::cli
