// Which items of a job a process does: given by --task, or by the index that a scheduler put into the environment.
#pragma once

#include <visionshard/distribute.h>

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments/settings.h"

namespace visionshard::cli {

/// `task` is the value of --task: "I/A", "I", "-" for indexes on `in` (the last field of each line), or empty: then
/// the environment is read. `tasks` is the value of --tasks, if any. Returns what is wrong, empty where `shares` is
/// filled.
std::string read_shares(const std::string& task, std::optional<std::uint64_t> tasks, const Environment& environment,
                        std::istream& in, std::vector<TaskShare>& shares);

/// The variables that are read, in their order: "A, B, C".
std::string task_variables();

}  // namespace visionshard::cli
