// The options of the commands that run over many machines.
#pragma once

#include <visionshard/distribute.h>

#include <CLI/App.hpp>
#include <string>

#include "cli/arguments/display_options.h"

namespace visionshard::cli {

/// The options of `map` and `pack` as they were given.
struct ParsedTask {
  std::string work, task, tasks, memory;
  unsigned threads = 0;
  unsigned stall_timeout = TaskOptions().stall_timeout_seconds;
  bool no_sync = false;
  ParsedDisplay display;
};

/// What they mean.
struct TaskRequest {
  TaskOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
};

/// WORK, the directory of a job.
void define_work(CLI::App& app, std::string& work);
/// What is wrong with its value, empty where nothing is.
std::string check_work(const std::string& work);

/// --no-sync, for steps that can be run again.
void define_no_sync(CLI::App& app, bool& no_sync, const char* group);

/// The options that `map` and `pack` share; `items` is what a task does: "parts" or "shards".
void define_task(CLI::App& app, ParsedTask& parsed, const char* items);

/// Reads standard input for `--task -`, and the environment. Returns what is wrong, empty where nothing is.
std::string resolve(const ParsedTask& parsed, TaskRequest& request);

}  // namespace visionshard::cli
