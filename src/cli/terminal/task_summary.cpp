#include "cli/terminal/task_summary.h"

#include <fmt/format.h>

#include "base/number_text.h"

namespace visionshard::cli {

std::string task_summary(const TaskOutcome& outcome, std::string_view verb, std::string_view item) {
  if (outcome.made + outcome.already == 0) return {};
  return fmt::format("{} {}; {} done earlier\n", verb, counted(outcome.made, item), grouped(outcome.already));
}

}  // namespace visionshard::cli
