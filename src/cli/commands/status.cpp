#include <cstdint>
#include <string>

#include "base/json_writer.h"
#include "base/number_text.h"
#include "cli/arguments/limit_options.h"
#include "cli/arguments/task_options.h"
#include "cli/arguments/validators.h"
#include "cli/commands/commands.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/fetch_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

std::string progress_of(std::uint64_t all, const std::vector<std::uint64_t>& missing) {
  return fmt::format("{} of {}{}", grouped(all - missing.size()), grouped(all),
                     missing.empty() ? "" : "; missing " + array_spec(missing));
}

const char* next_step(const JobStatus& s) {
  if (s.sealed) return "nothing: the job is complete";
  if (!s.missing_parts.empty()) return "visionshard map";
  if (!s.merged) return "visionshard merge";
  return s.missing_shards.empty() ? "visionshard seal" : "visionshard pack";
}

std::string status_text(const JobStatus& s) {
  return fmt::format("{0:<10} {1}\n{2:<10} {3}\n{4:<10} {5}\n{6:<10} {7}\n", "plan", s.plan, "parts",
                     progress_of(s.parts, s.missing_parts), "shards",
                     s.merged ? progress_of(s.shards, s.missing_shards) : "not laid out yet", "next", next_step(s));
}

void write_numbers(JsonWriter& json, std::string_view key, const std::vector<std::uint64_t>& numbers) {
  json.begin_array(key);
  for (const std::uint64_t number : numbers) json.field("", number);
  json.end_array();
}

std::string status_json(const JobStatus& s) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object().field("plan", s.plan).field("parts", s.parts);
  write_numbers(json, "missing_parts", s.missing_parts);
  json.field("merged", s.merged).field("shards", s.shards);
  write_numbers(json, "missing_shards", s.missing_shards);
  return json.field("sealed", s.sealed).end_object().take();
}

class StatusCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    const char* run = "The run";
    define_work(app, work_);
    app.add_option("--missing", missing_, "print only the missing tasks of this step, as an array such as 1,4-7")
        ->check(CLI::IsMember({"map", "pack"}).description("map|pack"))
        ->group(run);
    app.add_option("--tasks", tasks_text_, "the number of tasks (default: the number of parts or shards)")
        ->check(is_count)
        ->option_text("A")
        ->group(run);
    app.add_flag("--json", json_, "print the status as one JSON object")->group(run);
    app.footer(
        "WORK may also be the store of visionshard fetch.\n"
        "Exit status: 0 everything is done (with --missing: this step is done), the store is sealed; 2 usage error; 3 "
        "the\n"
        "directory cannot be read; 4 something is missing.\n"
        "Example: sbatch --array=$(visionshard status work --missing map --tasks 8) ...");
  }

  std::string resolve() override {
    if (std::string error = check_work(work_); !error.empty()) return error;
    if (is_store(work_) && (!missing_.empty() || !tasks_text_.empty()))
      return "--missing and --tasks are for the directory of a job; of a store, run every task of fetch again: it "
             "requests only what is missing";
    set_size(tasks_, tasks_text_);
    return !tasks_text_.empty() && tasks_ == 0 ? "--tasks must be at least 1" : "";
  }

  int run() const override {
    if (is_store(work_)) return run_for_store();
    const JobStatus status = job_status(work_);
    if (const auto failed = report_failure(status.status, status.message)) return *failed;
    if (missing_.empty()) {
      print(json_ ? status_json(status) : status_text(status));
      return finished(status.sealed ? exit_done : exit_not_ready);
    }
    const bool of_pack = missing_ == "pack";
    if (of_pack && !status.merged) {
      print_message(fmt::format("{}: the parts are not merged yet; run visionshard merge first", printable(work_)));
      return exit_not_ready;
    }
    const auto tasks = tasks_of(of_pack ? status.missing_shards : status.missing_parts, tasks_);
    if (!tasks.empty()) print(array_spec(tasks) + "\n");
    return finished(tasks.empty() ? exit_done : exit_not_ready);
  }

 private:
  int run_for_store() const {
    const StoreStatus status = store_status(work_, stop);
    if (const auto failed = report_failure(status.status, status.message)) return *failed;
    print(json_ ? store_status_json(work_, status) : store_status_text(work_, status));
    return finished(status.sealed ? exit_done : exit_not_ready);
  }

  std::string work_, missing_, tasks_text_;
  bool json_ = false;
  std::uint64_t tasks_ = 0;  // 0: as many as there are items
};

}  // namespace

std::unique_ptr<Command> make_status_command() { return std::make_unique<StatusCommand>(); }

}  // namespace visionshard::cli
