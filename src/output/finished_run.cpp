#include "output/finished_run.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "output/run_directory.h"

namespace visionshard::output {

namespace fs = std::filesystem;

FolderState state_of_folder(const std::string& directory) {
  std::error_code error;
  const fs::path base(directory);
  if (!fs::is_directory(base, error)) return FolderState::no_run;
  // A run that died after its manifest is complete, though its work folder is still there.
  if (fs::is_regular_file(base / manifest_name, error)) return FolderState::finished;
  return fs::is_directory(base / work_directory_name, error) ? FolderState::unfinished : FolderState::no_run;
}

RunResult<std::vector<std::string>> corpus_names_in(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    std::error_code stat_error;  // of a link that leads nowhere, for one
    if (name.ends_with(".jsonl") && name != rejected_name && it->is_regular_file(stat_error)) names.push_back(name);
  }
  if (error) return system_fault(directory, "list the directory", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace visionshard::output
