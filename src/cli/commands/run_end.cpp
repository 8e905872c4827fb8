#include "cli/commands/run_end.h"

#include <fmt/format.h>

#include "base/number_text.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {

std::optional<int> report_failure(RunStatus status, const std::string& message) {
  if (!message.empty()) print_message(printable(message));
  switch (status) {
    case RunStatus::refused: return exit_usage;
    case RunStatus::failed: return exit_failed;
    case RunStatus::not_ready: return exit_not_ready;
    case RunStatus::interrupted: return interrupted_status();
    case RunStatus::done: break;
  }
  return std::nullopt;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) print_message("warning: " + printable(warning));
}

int status_of_rejects(const RejectBound& bound, const Counts& counts) {
  if (!bound.is_exceeded(counts)) return exit_done;
  print_message(fmt::format("the run is complete, but it rejected {}, more than --max-rejects allows",
                            counted(counts.rejected, "line")));
  return exit_too_many_rejects;
}

std::string stall_message(unsigned seconds, const std::string& stages, const std::string& advice) {
  return fmt::format("no progress for {} s (--stall-timeout): {}{}", seconds, stages, advice);
}

}  // namespace visionshard::cli
