#include "input/source_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace visionshard::input {
namespace {

namespace fs = std::filesystem;

bool is_corpus_name(const std::string& path) {
  return path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
}

RunResult<void> list_directory(const std::string& directory, std::vector<std::string>& files) {
  std::error_code error;
  std::vector<std::string> found;
  for (auto it = fs::recursive_directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error)) {
    // rejected.jsonl of a finished run is not part of a corpus; it can be given as a file.
    std::error_code ignored;
    const fs::path name = it->path().filename();
    if (name == ".visionshard" ||
        (name == "rejected.jsonl" && fs::exists(it->path().parent_path() / "manifest.json", ignored))) {
      if (it->is_directory(ignored)) it.disable_recursion_pending();
      continue;
    }
    const std::string& path = it->path().native();
    if (!is_corpus_name(path)) continue;
    std::error_code stat_error;
    const fs::file_status status = it->status(stat_error);
    if (fs::is_directory(status)) continue;
    // Not skipped: a file in the folder is meant to be read.
    if (!fs::exists(status)) return system_fault(path, "open", stat_error ? stat_error.value() : ENOENT);
    if (!fs::is_regular_file(status))
      return run_fault(path + ": is no regular file; name it itself if it is to be read, or take it out of the folder");
    found.push_back(path);
  }
  if (error) return system_fault(directory, "list the directory", error.value());
  if (found.empty())
    return run_fault(fmt::format("{}: the directory holds no *.jsonl, *.jsonl.gz or *.jsonl.zst file", directory));
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
  return {};
}

}  // namespace

RunResult<std::vector<std::string>> list_sources(const std::vector<std::string>& inputs) {
  std::vector<std::string> files;
  bool standard_input = false;
  for (const std::string& path : inputs) {
    if (path == "-") {
      if (std::exchange(standard_input, true)) return run_fault("-: standard input can be read only once");
      files.push_back(path);
      continue;
    }
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return system_fault(path, "open", error ? error.value() : ENOENT);
    if (fs::is_directory(status))
      VISIONSHARD_TRY(list_directory(path, files));
    else
      files.push_back(path);
  }
  return files;
}

RunResult<void> check_repeatable(const std::vector<std::string>& sources) {
  for (const std::string& path : sources) {
    std::error_code error;
    if (path == "-" || !fs::is_regular_file(path, error))
      return run_fault(fmt::format("{}: is no regular file and can be read only once; give a file", path));
  }
  return {};
}

}  // namespace visionshard::input
