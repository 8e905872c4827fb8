#include "cli/job_options.h"

#include <cstdlib>
#include <iostream>

#include "cli/task_share.h"
#include "cli/validators.h"

namespace visionshard::cli {
namespace {

const char* const run = "The run";

void define_work(CLI::App& app, std::string& work) {
  app.add_option("WORK", work, "the job's folder, which all machines see")->type_name("");
}

void define_task(CLI::App& app, TypedTask& t, const char* items) {
  define_work(app, t.work);
  app.add_option(
         "--task", t.task,
         std::string("I/A: ") + items + " I, I+A, I+2A, ...; -: indexes on standard input (default: the scheduler's)")
      ->option_text("I/A|-")
      ->group(run);
  app.add_option("--tasks", t.tasks,
                 std::string("A, where only I is known (default: as many as there are ") + items + ")")
      ->check(is_count)
      ->option_text("A")
      ->group(run);
  app.add_option("--threads", t.threads, "default: all usable processors")
      ->check(CLI::Range(1u, 1024u).description("N"))
      ->group(run);
  app.add_flag("--no-sync", t.no_sync, "let the kernel write to disk when it likes")->group(run);
}

}  // namespace

void define_plan(CLI::App& app, TypedPlan& t) {
  define_convert(app, t.convert);
  app.add_option("--part-bytes", t.part_bytes,
                 "cut files that are not compressed into parts of so many bytes (default 256MiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(run);
  app.footer(
      "Writes DIR/plan.json and prints the number of parts. What follows, on any machines that see DIR:\n"
      "map for each task, merge once, pack for each task, seal once. A step can be run again at any time.\n"
      "Exit status: 0 done; 2 usage, or another plan is there; 3 input or output failed.\n"
      "Example: visionshard plan raw/ -o work --part-bytes 256MiB");
}

std::string meaning_of(const TypedPlan& t, PlanCommand& command) {
  ConvertCommand convert;
  if (std::string wrong = meaning_of(t.convert, convert); !wrong.empty()) return wrong;
  if (convert.options.output.keeps_nothing()) return "-o none: a job over many machines needs a folder";
  if (convert.json || !convert.log_file.empty() || !convert.metrics.empty())
    return "--json, --log-file and --metrics tell of a run; plan runs nothing (seal has --json)";
  if (convert.options.output.resume) return "--resume: every step of a job can be run again as it is; leave it out";
  command.options.convert = std::move(convert.options);
  command.options.max_rejects = t.convert.max_rejects;
  set_size(command.options.part_bytes, t.part_bytes);
  command.progress = convert.progress;
  if (command.options.part_bytes == 0) return "--part-bytes must be at least 1";
  return {};
}

void define_map(CLI::App& app, TypedTask& t) {
  define_task(app, t, "parts");
  app.add_option("--memory", t.memory, "bytes in flight (default: a quarter of RAM, at most 2GiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(run);
  app.add_option("--stall-timeout", t.stall_timeout, "seconds without any progress after which the task ends; 0: never")
      ->capture_default_str()
      ->option_text("SECONDS")
      ->group(run);
  define_display(app, t.display, run);
  app.footer("Indexes come from the first of: " + task_variables() +
             ".\nExit status: 0 done, or there already; 2 usage; 3 input or output failed; 4 there is no plan; 130, "
             "143 interrupted.\n"
             "Example: visionshard map work --task 3/8");
}

void define_pack(CLI::App& app, TypedTask& t) {
  define_task(app, t, "shards");
  define_display(app, t.display, run);
  app.footer(
      "Exit status: 0 done, or there already; 2 usage; 3 input or output failed; 4 there is no layout, or a part has "
      "gone.\n"
      "Example: visionshard pack work --task 3/8");
}

std::string meaning_of(const TypedTask& t, TaskCommand& command) {
  TaskOptions& o = command.options;
  o.work = t.work;
  o.threads = t.threads;
  o.sync = !t.no_sync;
  o.stall_timeout_seconds = t.stall_timeout;
  set_size(o.memory_bytes, t.memory);
  command.progress = t.display.quiet ? ProgressStyle::off : t.display.progress;
  command.quiet = t.display.quiet;
  if (o.work.empty()) return "no WORK is given; name the folder that plan was given with -o";
  const auto tasks = t.tasks.empty() ? std::nullopt : parse_size(t.tasks);
  return read_shares(
      t.task, tasks, [](const char* name) { return std::getenv(name); }, std::cin, o.shares);
}

void define_status(CLI::App& app, TypedStep& t) {
  define_work(app, t.work);
  app.add_option("--missing", t.missing, "print only the missing tasks of this step, as an array such as 1,4-7")
      ->check(CLI::IsMember({"map", "pack"}).description("map|pack"))
      ->group(run);
  app.add_option("--tasks", t.tasks, "with so many tasks (default: as many as there are parts or shards)")
      ->check(is_count)
      ->option_text("A")
      ->group(run);
  app.add_flag("--json", t.json, "print it as one JSON object")->group(run);
  app.footer(
      "Exit status: 0 all is done (with --missing, of that step); 2 usage; 3 the folder cannot be read; 4 something is "
      "missing.\n"
      "Example: sbatch --array=$(visionshard status work --missing map --tasks 8) ...");
}

void define_merge(CLI::App& app, TypedStep& t) {
  define_work(app, t.work);
  app.add_flag("-q,--quiet", t.quiet, "do not print the number of shards")->group(run);
  app.footer(
      "Writes WORK/layout.json and prints the number of shards.\n"
      "Exit status: 0 done, or done already; 2 usage; 3 input or output failed; 4 parts are missing.");
}

void define_seal(CLI::App& app, TypedStep& t) {
  define_work(app, t.work);
  app.add_flag("--json", t.json, "print the summary as one JSON object")->group(run);
  app.add_flag("-q,--quiet", t.quiet, "no summary")->group(run);
  app.add_flag("--no-sync", t.no_sync, "let the kernel write to disk when it likes")->group(run);
  app.footer(
      "WORK then holds what convert would have written, byte for byte.\n"
      "Exit status: 0 done, or done already; 1 more rejects than the plan's --max-rejects; 2 usage; 3 input or output\n"
      "failed; 4 shards or parts are missing.");
}

std::string meaning_of(const TypedStep& t, StepCommand& command) {
  command.work = t.work;
  command.missing = t.missing;
  if (!t.tasks.empty()) command.tasks = *parse_size(t.tasks);
  command.json = t.json;
  command.quiet = t.quiet;
  command.sync = !t.no_sync;
  if (t.work.empty()) return "no WORK is given; name the folder that plan was given with -o";
  if (!t.tasks.empty() && command.tasks == 0) return "--tasks must be at least 1";
  return {};
}

}  // namespace visionshard::cli
