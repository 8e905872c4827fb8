#include "cli/commands/fetch.h"

#include <array>
#include <cstdlib>
#include <iostream>

#include "base/number_text.h"
#include "base/option_words.h"
#include "cli/arguments/limit_options.h"
#include "cli/arguments/size.h"
#include "cli/arguments/task_share.h"
#include "cli/arguments/validators.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/fetch_progress.h"
#include "cli/terminal/fetch_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

constexpr std::array robots_words = {OptionWord{"headers", Robots::headers}, OptionWord{"full", Robots::full},
                                     OptionWord{"ignore", Robots::ignore}};
constexpr std::array retry_words = {OptionWord{"transient", Retry::transient}, OptionWord{"failures", Retry::failures},
                                    OptionWord{"all", Retry::all}};

void add_seconds(CLI::App& app, const char* name, double& value, const char* help, const char* group) {
  app.add_option(name, value, help)
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86'400.0).description("SECONDS"))
      ->option_text("SECONDS")
      ->group(group);
}

void add_number(CLI::App& app, const char* name, unsigned& value, unsigned most, const char* help, const char* group) {
  app.add_option(name, value, help)
      ->capture_default_str()
      ->check(CLI::Range(1u, most).description("N"))
      ->option_text("N")
      ->group(group);
}

}  // namespace

void FetchCommand::define(CLI::App& app) {
  app.add_option("INPUT", inputs_, "JSON Lines files, directories of them, or - for standard input");
  const char* store = "The store";
  app.add_option("--store", options_.store, "the directory where images are kept; made where there is none (required)")
      ->type_name("DIR")
      ->group(store);
  add_choice(app, "--retry", options_.retry, retry_words,
             "which known URLs to request again: transient failures; failures, also those that other options may "
             "allow now; or all, to refresh images that have changed")
      ->group(store);
  app.add_flag("--accept-failures", options_.accept_failures,
               "seal the store although some URLs failed in a way that may not happen again")
      ->group(store);
  app.add_flag("--verify", verify_, "request nothing; compare every image of the store with its digests")->group(store);
  define_politeness(app);
  define_bounds(app);
  define_network(app);
  const char* run = "The run";
  app.add_option("--task", task_, "I/A: request of hosts whose hash is I modulo A, for A machines")
      ->option_text("I/A")
      ->group(run);
  app.add_option("--tasks", tasks_, "A, if the scheduler gives only I")->check(is_count)->option_text("A")->group(run);
  app.add_option("--max-line-bytes", max_line_, "a longer line is left out (default: 256MiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(run);
  define_threads(app, options_.threads, run,
                 "threads that read lines and check images (default: all usable processors)");
  define_memory(app, memory_, run);
  app.add_flag("--no-sync", no_sync_, "do not wait until data is on the disk")->group(run);
  app.add_flag("--json", json_, "print the report as one JSON object")->group(run);
  define_display(app, display_, run);
  app.footer(
      "Downloads each distinct image URL of the corpus once. convert and check then read the store and no network.\n"
      "Run the same command again after any end: only what is missing is requested.\n"
      "Exit status: 0 done; 1 --verify found damage; 2 usage error; 3 input or output failed; 4 some URLs failed in a\n"
      "way that may not happen again, and the store stays open; 130, 143 interrupted.\n"
      "Example: visionshard fetch raw.jsonl --store images --contact you@example.org");
}

void FetchCommand::define_politeness(CLI::App& app) {
  const char* group = "Politeness";
  app.add_option("--contact", options_.contact, "an e-mail address or a page for site owners; part of the user agent")
      ->option_text("TEXT")
      ->group(group);
  add_number(app, "--per-host", options_.per_host, 1000, "requests at a host at once", group);
  add_choice(app, "--robots", options_.robots, robots_words,
             "honor X-Robots-Tag and TDM-Reservation headers; full: also robots.txt; ignore: neither")
      ->group(group);
  add_number(app, "--tries", options_.tries, 100, "requests of a URL that fails in a way that may not happen again",
             group);
  add_seconds(app, "--backoff", options_.backoff,
              "the most time before the second try; it doubles with each further one", group);
}

void FetchCommand::define_bounds(CLI::App& app) {
  const char* group = "Bounds";
  add_number(app, "--connections", options_.connections, 10'000, "requests at all hosts at once", group);
  add_seconds(app, "--connect-timeout", options_.connect_timeout, "time to connect", group);
  add_seconds(app, "--timeout", options_.timeout, "time of a request in all", group);
  add_seconds(app, "--stall-timeout", options_.stall_timeout, "time below 1 kB/s after which a request ends", group);
  app.add_option("--max-body", max_body_, "bytes of an image file (default: 64MB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  app.add_option("--ports", options_.ports, "the ports that URLs may have (default: 80 443)")
      ->delimiter(',')
      ->check(CLI::Range(1u, 65'535u).description("PORT"))
      ->option_text("PORT,...")
      ->group(group);
}

void FetchCommand::define_network(CLI::App& app) {
  const char* group = "The network";
  app.add_option("--allow-address", options_.allowed_addresses,
                 "connect to this range though it is not public, for an intranet; can be given several times")
      ->option_text("CIDR")
      ->group(group);
  app.add_option("--ca-file", options_.ca_file, "trust the certificates of FILE (PEM) in place of the system's")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--proxy", options_.proxy,
                 "send all requests through this proxy, which then has to refuse private addresses; without it, "
                 "proxies of the environment are not used")
      ->option_text("URL")
      ->group(group);
  app.add_option("--name-servers", options_.name_servers, "ask these name servers (default: the system's)")
      ->option_text("ADDRESS[:PORT],...")
      ->group(group);
}

std::string FetchCommand::resolve_task() {
  if (task_.empty() && tasks_.empty()) return {};
  const auto tasks = tasks_.empty() ? std::nullopt : parse_size(tasks_);
  std::vector<TaskShare> shares;
  if (std::string error = read_shares(task_, tasks, std::getenv, std::cin, shares); !error.empty()) return error;
  if (shares.size() != 1 || shares.front().tasks == 0)
    return "--task must be one index and the number of tasks, such as 3/8";
  options_.task = shares.front().index;
  options_.tasks = shares.front().tasks;
  return {};
}

std::string FetchCommand::resolve() {
  options_.inputs = inputs_;
  options_.sync = !no_sync_;
  set_size(options_.max_body_bytes, max_body_);
  set_size(options_.max_line_bytes, max_line_);
  set_size(options_.memory_bytes, memory_);
  if (options_.store.empty()) return "--store is required: the directory where images are kept";
  if (verify_) return inputs_.empty() ? "" : "--verify takes no INPUT";
  if (options_.max_line_bytes == 0 || options_.max_line_bytes > UINT32_MAX)
    return "--max-line-bytes must be at least 1 and less than 4GiB";
  if (std::string error = resolve_task(); !error.empty()) return error;
  return check_inputs(options_.inputs);
}

int FetchCommand::verify() const {
  const StoreCheck check = check_store_bodies(options_.store, stop);
  if (const auto status = report_failure(check.status, check.message)) return finished(*status);
  print(json_ ? store_check_json(options_.store, check) : store_check_text(options_.store, check));
  return finished(check.damaged == 0 ? exit_done : exit_not_accepted);
}

int FetchCommand::run() const {
  if (verify_) return verify();
  const StopDeadline deadline("interrupted; only requests that were in flight are made again");
  FetchProgressPrinter progress(display_.style());
  const bool tells = !json_ && !display_.quiet;
  const FetchOutcome outcome = fetch(
      options_, stop,
      [&](const FetchPlan& plan) {
        print_warnings(plan.warnings);
        if (tells) print(fetch_plan_text(plan, options_));
      },
      [&](const FetchProgress& so_far) { progress.update(so_far); });
  progress.clear();
  const auto status = report_failure(outcome.status, outcome.message);
  const bool has_result = outcome.status != RunStatus::failed && outcome.status != RunStatus::refused;
  if (has_result && json_) print(fetch_json(options_, outcome));
  if (has_result && tells) print(fetch_text(options_, outcome));
  return finished(status.value_or(exit_done));
}

}  // namespace visionshard::cli
