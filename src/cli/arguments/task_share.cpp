#include "cli/arguments/task_share.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

struct Engine {
  const char* index;    // the variable
  std::uint64_t first;  // its first value; a smaller one means that the job is not an array
  const char* count;    // only where it stays the same when a few tasks are submitted again
};

// Slurm's SLURM_ARRAY_TASK_COUNT is 2 when two tasks of eight are submitted again; Kubernetes and AWS Batch have none.
constexpr Engine engines[] = {{"VISIONSHARD_TASK", 0, "VISIONSHARD_TASKS"},
                              {"SLURM_ARRAY_TASK_ID", 0, nullptr},
                              {"AWS_BATCH_JOB_ARRAY_INDEX", 0, nullptr},
                              {"JOB_COMPLETION_INDEX", 0, nullptr},
                              {"CLOUD_RUN_TASK_INDEX", 0, "CLOUD_RUN_TASK_COUNT"},
                              {"BATCH_TASK_INDEX", 0, "BATCH_TASK_COUNT"},
                              {"PBS_ARRAY_INDEX", 0, nullptr},
                              {"SGE_TASK_ID", 1, nullptr},
                              {"LSB_JOBINDEX", 1, nullptr},
                              {"OMPI_COMM_WORLD_RANK", 0, "OMPI_COMM_WORLD_SIZE"}};

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// "I/A" or "I".
std::string read_share(std::string_view text, std::optional<std::uint64_t> tasks, TaskShare& share) {
  const std::size_t slash = text.find('/');
  const auto index = number_in(text.substr(0, slash));
  const auto count = slash == std::string_view::npos ? tasks : number_in(text.substr(slash + 1));
  if (!index || (slash != std::string_view::npos && (!count || *count == 0)))
    return fmt::format("'{}' is not a task; give its index and the number of tasks, such as 3/8", excerpt(text));
  if (tasks && count != tasks)
    return fmt::format("--task {} and --tasks {} give different numbers of tasks", text, *tasks);
  share = {*index, count.value_or(0)};
  if (count && *index >= *count)
    return fmt::format("task {} of {}: the index must be less than the number of tasks; the first index is 0", *index,
                       *count);
  return {};
}

std::string from_environment(std::optional<std::uint64_t> tasks, const Environment& environment,
                             std::vector<TaskShare>& shares) {
  std::string seen;
  std::optional<TaskShare> found;
  for (const Engine& engine : engines) {
    const char* const text = environment(engine.index);
    if (text == nullptr) continue;
    const bool is_own = &engine == engines;
    if (is_own && std::string_view(text).find('/') != std::string_view::npos) {
      if (std::string error = read_share(text, tasks, shares.emplace_back()); !error.empty())
        return fmt::format("{}: {}", engine.index, error);
      return {};
    }
    const auto index = number_in(text);
    // In a job that is not an array SGE says "undefined" and LSF 0.
    if (!index || *index < engine.first) {
      if (is_own) return fmt::format("{}: '{}' is not an index", engine.index, excerpt(text));
      continue;
    }
    seen += (seen.empty() ? "" : ", ") + std::string(engine.index);
    if (found) continue;
    const char* const count = engine.count != nullptr ? environment(engine.count) : nullptr;
    found = TaskShare{*index - engine.first, tasks ? *tasks : count != nullptr ? number_in(count).value_or(0) : 0};
    if (found->tasks > 0 && found->index >= found->tasks)
      return fmt::format("{} is {}, but there are only {} tasks", engine.index, text, found->tasks);
    if (is_own) break;
  }
  if (!found)
    return fmt::format(
        "no --task is given, and the environment has no index from a scheduler ({}); --task 0/1 does everything",
        task_variables());
  if (seen.find(',') != std::string::npos)
    return fmt::format("the environment has the indexes of several schedulers ({}); give --task I/A", seen);
  shares.push_back(*found);
  return {};
}

}  // namespace

std::string read_shares(const std::string& task, std::optional<std::uint64_t> tasks, const Environment& environment,
                        std::istream& in, std::vector<TaskShare>& shares) {
  if (tasks == 0u) return "--tasks must be at least 1";
  if (task.empty()) return from_environment(tasks, environment, shares);
  if (task != "-") return read_share(task, tasks, shares.emplace_back());
  for (std::string line; std::getline(in, line);) {
    const std::size_t end = line.find_last_not_of(" \t\r");
    if (end == std::string::npos) continue;
    const std::size_t begin = line.find_last_of(" \t", end);
    const std::string_view field = std::string_view(line).substr(begin + 1, end - begin);
    if (std::string error = read_share(field, tasks, shares.emplace_back()); !error.empty())
      return "standard input: " + error;
  }
  return {};
}

std::string task_variables() {
  std::string text;
  for (const Engine& engine : engines) text += (text.empty() ? "" : ", ") + std::string(engine.index);
  return text;
}

}  // namespace visionshard::cli
