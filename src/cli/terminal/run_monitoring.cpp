#include "cli/terminal/run_monitoring.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/metrics_file.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

namespace fs = std::filesystem;

// Whether it is none, empty, or begins as ours do. What is no regular file has nothing to lose.
bool may_write_into(const std::string& path, std::string_view beginning) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return true;
  std::string begins(beginning.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(begins.data(), static_cast<std::streamsize>(begins.size()));
  return file.gcount() == 0 || begins == beginning;
}

bool is_file_of_run(const fs::path& path, const OutputOptions& output) {
  std::error_code error;
  if (output.keeps_nothing() || fs::weakly_canonical(fs::absolute(path, error).parent_path(), error) !=
                                    fs::weakly_canonical(output.directory, error))
    return false;
  const std::string name = path.filename().native();
  const bool is_shard = name.starts_with(output.prefix + "-") || name.starts_with("validation-");
  return (is_shard && name.ends_with(".jsonl")) || name == "manifest.json" || name == "run.json" ||
         name == "report.html" || name == "rejected.jsonl" || name == "plan.json";
}

std::string check_file(const std::string& path, std::string_view what, std::string_view beginning,
                       const OutputOptions& output) {
  if (is_file_of_run(path, output))
    return fmt::format("{}: is a file of the run itself; give another name for the {}", path, what);
  if (may_write_into(path, beginning)) return {};
  return fmt::format("{}: holds something else than the {} of a run, and would be overwritten; give another name", path,
                     what);
}

}  // namespace

std::string RunMonitoring::open(const std::string& log_path, LogLevel log_level, const std::string& metrics_path,
                                const OutputOptions& output) {
  metrics_path_ = metrics_path;
  if (!log_path.empty()) {
    if (std::string error = check_file(log_path, "log", log_beginning, output); !error.empty()) return error;
    if (std::string error = log_.open(log_path, log_level); !error.empty()) return error;
  }
  if (metrics_path.empty()) return {};
  if (std::string error = check_file(metrics_path, "metrics", metrics_beginning, output); !error.empty()) return error;
  return check_metrics_path(metrics_path, output.directory);
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
