// The options of the steps of a job over many machines.
#pragma once

#include "cli/convert_options.h"

namespace visionshard::cli {

struct TypedPlan {
  TypedConvert convert;
  std::string part_bytes;
};

/// `plan` has the options of `convert`.
void define_plan(CLI::App& app, TypedPlan& typed);
std::string meaning_of(const TypedPlan& typed, PlanCommand& command);

struct TypedTask {
  std::string work, task, tasks, memory;
  unsigned threads = 0;
  unsigned stall_timeout = TaskOptions().stall_timeout_seconds;
  bool no_sync = false;
  TypedDisplay display;
};

void define_map(CLI::App& app, TypedTask& typed);
void define_pack(CLI::App& app, TypedTask& typed);
/// Reads standard input and the environment, as they say.
std::string meaning_of(const TypedTask& typed, TaskCommand& command);

struct TypedStep {
  std::string work, missing, tasks;
  bool json = false, quiet = false, no_sync = false;
};

void define_status(CLI::App& app, TypedStep& typed);
void define_merge(CLI::App& app, TypedStep& typed);
void define_seal(CLI::App& app, TypedStep& typed);
std::string meaning_of(const TypedStep& typed, StepCommand& command);

}  // namespace visionshard::cli
