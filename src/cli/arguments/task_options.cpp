#include "cli/arguments/task_options.h"

#include <cstdlib>
#include <iostream>

#include "cli/arguments/limit_options.h"
#include "cli/arguments/size.h"
#include "cli/arguments/task_share.h"
#include "cli/arguments/validators.h"

namespace visionshard::cli {
namespace {

const char* const run = "The run";

}  // namespace

void define_work(CLI::App& app, std::string& work) {
  app.add_option("WORK", work, "the job's directory, which all machines must see")->type_name("");
}

std::string check_work(const std::string& work) {
  return work.empty() ? "no WORK is given; name the directory that plan had as -o" : "";
}

void define_no_sync(CLI::App& app, bool& no_sync, const char* group) {
  app.add_flag("--no-sync", no_sync, "do not wait until data is on the disk")->group(group);
}

void define_task(CLI::App& app, ParsedTask& p, const char* items) {
  define_work(app, p.work);
  app.add_option(
         "--task", p.task,
         fmt::format("I/A: do the {} I, I+A, I+2A, ...; -: read indexes from standard input (default: the scheduler's)",
                     items))
      ->option_text("I/A|-")
      ->group(run);
  app.add_option("--tasks", p.tasks, fmt::format("A, if only I is known (default: the number of {})", items))
      ->check(is_count)
      ->option_text("A")
      ->group(run);
  define_threads(app, p.threads, run, "number of threads (default: all usable processors)");
  define_no_sync(app, p.no_sync, run);
}

std::string resolve(const ParsedTask& p, TaskRequest& request) {
  TaskOptions& o = request.options;
  o.work = p.work;
  o.threads = p.threads;
  o.sync = !p.no_sync;
  o.stall_timeout_seconds = p.stall_timeout;
  set_size(o.memory_bytes, p.memory);
  request.progress = p.display.style();
  request.quiet = p.display.quiet;
  if (std::string error = check_work(o.work); !error.empty()) return error;
  const auto tasks = p.tasks.empty() ? std::nullopt : parse_size(p.tasks);
  return read_shares(p.task, tasks, std::getenv, std::cin, o.shares);
}

}  // namespace visionshard::cli
