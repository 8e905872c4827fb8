#include "cli/help_topics.h"

#include <fmt/format.h>
#include <visionshard/fault.h>

#include <algorithm>

#include "cli/profile_table.h"
#include "cli/task_share.h"

namespace visionshard::cli {
namespace {

struct Topic {
  const char* name;
  const char* about;
  std::string (*text)();
};

std::string reasons() {
  std::string out = "Why a line stands in rejected.jsonl, by the code in \"reason\":\n\n";
  for (std::size_t i = 0; i < fault_code_count; ++i) {
    const auto code = static_cast<FaultCode>(i);
    out += fmt::format("  {:<20} {}\n", name(code), meaning(code));
  }
  return out +
         "\nEach record has the file, line and byte, a pointer into the JSON, a sentence with the numbers, and the "
         "line itself.\n"
         "Of several reasons the first in the line is given; images are looked at only where the rest of the line is "
         "good.\n"
         "Mend the lines in \"raw\" and give the file to convert as an input: it takes each record's line.\n";
}

std::string files() {
  return "What convert writes into its folder:\n\n"
         "  train-00000.jsonl ...   upload these; complete once they carry this name\n"
         "  rejected.jsonl          every line left out, with its reason (visionshard help reasons)\n"
         "  report.html             the run for people, in any browser\n"
         "  run.json                times and rates\n"
         "  manifest.json           limits, counts, a digest of each shard; written last: its presence means complete\n"
         "  .visionshard/           what an unfinished run needs to be gone on with (--resume)\n\n"
         "A job over many machines has plan.json and layout.json as well.\n";
}

std::string status() {
  return "Exit status of all commands:\n\n"
         "  0    done\n"
         "  1    done, but more lines were rejected than --max-rejects; check: the provider would refuse something\n"
         "  2    usage, or what was asked for cannot be done as it was asked\n"
         "  3    input or output failed; nothing half-written carries a final name, and the run can be gone on with\n"
         "  4    map, merge, pack, seal, status: a step before it, or a part, is missing\n"
         "  130  interrupted by Ctrl-C; 143: by SIGTERM\n";
}

std::string configuration() {
  return "An option's value is the first that is found:\n\n"
         "  1. on the command line:    --max-image-bytes 5MB\n"
         "  2. in the environment:     VISIONSHARD_MAX_IMAGE_BYTES=5MB\n"
         "  3. in a file (--config):   max-image-bytes = \"5MB\"; each command takes what it has\n"
         "  4. the default\n\n"
         "The file is TOML; its keys are the options' long names, flags are true or false, INPUT is a list of texts.\n"
         "`visionshard config OPTIONS...` prints what holds for convert and where each value came from, as such a "
         "file.\n"
         "Sizes: 10MB is 10,000,000 bytes, 10MiB 10,485,760.\n";
}

std::string machines() {
  return "One job over many machines that see one folder. The scheduler you have runs the steps:\n\n"
         "  visionshard plan raw/ -o work            once; prints the number of parts\n"
         "  visionshard map work --task I/A          for I from 0 to A-1, anywhere, in any order, at once\n"
         "  visionshard merge work                   once all parts are there\n"
         "  visionshard pack work --task I/A         for I from 0 to A-1\n"
         "  visionshard seal work                    once all shards are there; work is then what convert would have "
         "written\n\n"
         "Without --task the index comes from the first of " +
         task_variables() +
         ".\n`visionshard status work` says what is missing; a step that is done is left alone, so run any again at "
         "any time.\n"
         "Slurm: scripts/slurm/submit.sh WORK A submits all of it, and what is missing when it is run again.\n";
}

constexpr Topic topics[] = {{"files", "what is written, and when it is complete", files},
                            {"reasons", "why lines are left out", reasons},
                            {"profiles", "what each provider takes, and how to write your own", profile_table},
                            {"configuration", "files and the environment", configuration},
                            {"machines", "one job over many machines", machines},
                            {"status", "exit statuses", status}};

}  // namespace

std::optional<std::string> help_on(std::string_view topic) {
  for (const Topic& each : topics)
    if (each.name == topic) return each.text();
  return std::nullopt;
}

std::vector<std::string> help_topics() {
  std::vector<std::string> names;
  for (const Topic& each : topics) names.emplace_back(each.name);
  return names;
}

std::string topics_text() {
  std::string out = "Topics: visionshard help TOPIC\n";
  for (const Topic& each : topics) out += fmt::format("  {:<16} {}\n", each.name, each.about);
  return out;
}

}  // namespace visionshard::cli
