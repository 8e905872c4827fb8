// The log file and the metrics file of one run.
#pragma once

#include <visionshard/convert.h>

#include <mutex>
#include <string>

#include "cli/terminal/log_file.h"

namespace visionshard::cli {

/// Thread-safe once it is open.
class RunMonitoring {
 public:
  /// Opens the log, and checks whether the metrics can be written to their path when the run is over. An empty path
  /// stands for no file. Returns what is wrong, empty where nothing is.
  std::string open(const std::string& log_path, LogLevel log_level, const std::string& metrics_path,
                   const ConvertOptions& options);

  void report_start(const ConvertOptions& options) { log_.report_start(options); }
  void report_shard(const ShardInfo& shard) { log_.report_shard(shard); }
  /// Writes both files for the first end that is reported, and nothing for a later one. Returns the exit status: 3 in
  /// place of 0 where a file cannot be written.
  int report_end(const RunOutcome& outcome, int exit_status);
  /// For a process that is about to be ended: as report_end, but a disk that does not respond delays it by at most a
  /// quarter of a second.
  void report_end_briefly(const RunOutcome& outcome, int exit_status);

 private:
  LogFile log_;
  std::string metrics_path_;
  std::once_flag end_reported_;
};

}  // namespace visionshard::cli
