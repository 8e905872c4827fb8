// Which of a job's items a process is to do: by --task, or by the index that a scheduler put into the environment.
#pragma once

#include <visionshard/distribute.h>

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/settings.h"

namespace visionshard::cli {

/// `task` is what --task was given: "I/A", "I", "-" for indexes on `in` (the last field of each line), or empty: then
/// the environment tells. `tasks` is --tasks, where it was given. Returns what is wrong, empty where `shares` is
/// filled.
std::string read_shares(const std::string& task, std::optional<std::uint64_t> tasks, const Environment& environment,
                        std::istream& in, std::vector<TaskShare>& shares);

/// The variables that are looked at, in their order, for people.
std::string task_variables();

}  // namespace visionshard::cli
