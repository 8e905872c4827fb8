// Where the log and the metrics of a run may be written: a wrong path would cost a corpus or a shard.
#pragma once

#include <visionshard/options.h>

#include <string>

namespace visionshard::cli {

/// Why the log of the run cannot be appended to `path`, empty where it can be.
std::string check_log_path(const std::string& path, const ConvertOptions& options);

/// Why the metrics could not be written to `path` at the end of the run, empty where they can be. The output directory
/// will exist by then.
std::string check_metrics_path(const std::string& path, const ConvertOptions& options);

}  // namespace visionshard::cli
