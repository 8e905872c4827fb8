#include "shard/output_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace visionshard::shard {
namespace {

namespace fs = std::filesystem;

// PREFIX-NNNNN.jsonl, five digits or more.
bool is_shard_name(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix + "-") || !name.ends_with(".jsonl")) return false;
  const std::string number = name.substr(prefix.size() + 1, name.size() - prefix.size() - 7);
  return number.size() >= 5 && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_ours(const std::string& name, const std::string& prefix) {
  return name == work_directory_name || name == manifest_name || name == rejected_name || name == run_json_name ||
         name == "report.html" || is_shard_name(name, prefix);
}

bool lies_in(const fs::path& path, const fs::path& directory) {
  const auto [end, ignored] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

}  // namespace

RunResult<void> check_output_directory(const std::string& directory, const std::string& prefix, bool force,
                                       const std::vector<std::string>& inputs) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return run_fault(fmt::format("{}: exists and is not a directory", directory));
  bool finished = false, unfinished = false;
  std::string foreign;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    finished |= name == manifest_name;
    unfinished |= name == work_directory_name;
    if (!is_ours(name, prefix) && (foreign.empty() || name < foreign)) foreign = name;
    if (is_shard_name(name, prefix) && foreign.empty()) foreign = name;
  }
  if (error) return system_fault(directory, "list the directory", error.value());
  if (finished || unfinished) {
    if (!force)
      return run_fault(fmt::format("{}: holds {} run; give --force to replace it, or another directory", directory,
                                   unfinished ? "an unfinished" : "a finished"));
    const fs::path canonical = fs::canonical(directory, error);
    for (const std::string& input : inputs)
      if (input != "-" && lies_in(fs::canonical(input, error), canonical))
        return run_fault(fmt::format("{}: lies in the output directory {}, which --force would clear; give another "
                                     "output directory",
                                     input, directory));
    return {};
  }
  if (!foreign.empty())
    return run_fault(fmt::format("{}: is not empty (it holds {}) and holds no run of visionshard; give a new directory",
                                 directory, foreign));
  return {};
}

RunResult<void> prepare_output_directory(const std::string& directory, const std::string& prefix) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return system_fault(directory, "create the directory", error.value());
  const fs::path base(directory);
  fs::remove(base / manifest_name, error);
  if (error) return system_fault((base / manifest_name).native(), "remove", error.value());
  std::vector<fs::path> old;
  for (auto it = fs::directory_iterator(base, error); !error && it != fs::end(it); it.increment(error))
    if (is_ours(it->path().filename().native(), prefix)) old.push_back(it->path());
  for (const fs::path& path : old)
    if (!error) fs::remove_all(path, error);
  if (error) return system_fault(directory, "clear the directory", error.value());
  fs::create_directory(base / work_directory_name, error);
  if (error) return system_fault((base / work_directory_name).native(), "create the directory", error.value());
  return {};
}

RunResult<void> remove_work_directory(const std::string& directory) {
  std::error_code error;
  const fs::path work = fs::path(directory) / work_directory_name;
  fs::remove_all(work, error);
  if (error) return system_fault(work.native(), "remove", error.value());
  return {};
}

}  // namespace visionshard::shard
