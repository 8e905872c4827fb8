// What a person reads after a task of `map` or `pack`.
#pragma once

#include <visionshard/distribute.h>

#include <string>
#include <string_view>

namespace visionshard::cli {

/// "converted 3 parts; 1 done earlier"; empty where the task had nothing to do.
std::string task_summary(const TaskOutcome& outcome, std::string_view verb, std::string_view item);

}  // namespace visionshard::cli
