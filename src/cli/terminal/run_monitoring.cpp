#include "cli/terminal/run_monitoring.h"

#include <chrono>

#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/metrics_file.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/side_files.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {

std::string RunMonitoring::open(const std::string& log_path, LogLevel log_level, const std::string& metrics_path,
                                const ConvertOptions& options) {
  metrics_path_ = metrics_path;
  if (!log_path.empty() && log_path == metrics_path)
    return log_path + ": is both the log and the metrics; give two names";
  if (!log_path.empty()) {
    if (std::string error = check_log_path(log_path, options); !error.empty()) return error;
    if (std::string error = log_.open(log_path, log_level); !error.empty()) return error;
  }
  return metrics_path.empty() ? std::string() : check_metrics_path(metrics_path, options);
}

int RunMonitoring::report_end(const RunOutcome& outcome, int exit_status) {
  std::call_once(end_reported_, [&] {
    log_.report_end(outcome, exit_status);
    const std::string metrics_error =
        metrics_path_.empty() ? std::string() : write_metrics(metrics_path_, outcome, exit_status);
    for (const std::string& error : {log_.error(), metrics_error}) {
      if (error.empty()) continue;
      print_message(printable(error));
      if (exit_status == exit_done) exit_status = exit_failed;
    }
  });
  return exit_status;
}

void RunMonitoring::report_end_briefly(const RunOutcome& outcome, int exit_status) {
  try_for(std::chrono::milliseconds(250), [this, outcome, exit_status] { report_end(outcome, exit_status); });
}

}  // namespace visionshard::cli
