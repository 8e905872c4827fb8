// The numbers of a run for Prometheus: a file for the textfile collector of its node exporter.
#pragma once

#include <visionshard/convert.h>

#include <string>
#include <string_view>

namespace visionshard::cli {

/// What the text begins with.
inline constexpr std::string_view metrics_beginning = "# HELP visionshard_";

/// In the text format, version 0.0.4 (Prometheus documentation, "Exposition formats"). Contains the time of the call.
std::string metrics_text(const RunOutcome& outcome, int exit_status);

/// Writes the file so that a collector never sees an incomplete one. Returns what is wrong, empty where nothing is.
std::string write_metrics(const std::string& path, const RunOutcome& outcome, int exit_status);

}  // namespace visionshard::cli
