#include "input/source_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

namespace visionshard::input {
namespace {

namespace fs = std::filesystem;

// The corpus files below one directory.
class Listing {
 public:
  // `output`, if it is there, is left out where it lies below the directory or is linked to.
  explicit Listing(const std::string& output) {
    struct stat status;
    if (!output.empty() && ::stat(output.c_str(), &status) == 0) output_ = {status.st_dev, status.st_ino};
  }

  // Real folders first: then it does not depend on the order of a folder's entries by which path one is read.
  RunResult<void> list(const std::string& directory) {
    VISIONSHARD_TRY(walk(directory));
    while (!links_.empty()) {
      const std::string link = *links_.begin();
      links_.erase(links_.begin());
      VISIONSHARD_TRY(walk(link));
    }
    return {};
  }

  std::vector<std::string> files;

 private:
  RunResult<void> walk(const fs::path& directory) {
    struct stat status;
    if (::stat(directory.c_str(), &status) != 0) return system_fault(directory.native(), "list the directory", errno);
    const FileNumber number(status.st_dev, status.st_ino);
    if ((number == output_ && !seen_.empty()) || !seen_.insert(number).second) return {};
    std::error_code error;
    if (is_store(directory)) return {};
    for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error))
      VISIONSHARD_TRY(add(*it));
    if (error) return system_fault(directory.native(), "list the directory", error.value());
    return {};
  }

  RunResult<void> add(const fs::directory_entry& entry) {
    const fs::path& path = entry.path();
    const fs::path name = path.filename();
    std::error_code ignored, stat_error;
    const fs::file_status status = entry.status(stat_error);
    if (fs::is_directory(status)) {
      if (name == ".visionshard") return {};
      if (!entry.is_symlink(ignored)) return walk(path);
      links_.insert(path.native());
      return {};
    }
    // rejected.jsonl of a finished run is not part of a corpus; it can be given as a file.
    if (!is_corpus_name(path.native()) ||
        (name == "rejected.jsonl" && fs::exists(path.parent_path() / "manifest.json", ignored)))
      return {};
    // Not skipped: a file in the folder is meant to be read.
    if (!fs::exists(status)) return system_fault(path.native(), "open", stat_error ? stat_error.value() : ENOENT);
    if (!fs::is_regular_file(status))
      return run_fault(path.native() +
                       ": is no regular file; name it itself if it is to be read, or take it out of the folder");
    files.push_back(path.native());
    return {};
  }

  // Whether it is one that `fetch` fills, whose logs are JSON Lines.
  static bool is_store(const fs::path& directory) {
    std::error_code ignored;
    return fs::exists(directory / "store.json", ignored) && fs::is_directory(directory / "bodies", ignored) &&
           fs::is_directory(directory / "log", ignored);
  }

  using FileNumber = std::pair<dev_t, ino_t>;
  std::optional<FileNumber> output_;
  std::set<FileNumber> seen_;
  std::set<std::string> links_;  // to folders, to be read in this order
};

RunResult<void> list_directory(const std::string& directory, const std::string& output,
                               std::vector<std::string>& files) {
  Listing listing(output);
  VISIONSHARD_TRY(listing.list(directory));
  if (listing.files.empty())
    return run_fault(fmt::format("{}: the directory holds no *.jsonl, *.jsonl.gz or *.jsonl.zst file", directory));
  std::sort(listing.files.begin(), listing.files.end());
  files.insert(files.end(), listing.files.begin(), listing.files.end());
  return {};
}

}  // namespace

bool is_corpus_name(const std::string& path) {
  return path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
}

RunResult<std::vector<std::string>> list_sources(const std::vector<std::string>& inputs, const std::string& output) {
  std::vector<std::string> files;
  bool standard_input = false;
  for (const std::string& path : inputs) {
    if (path.empty()) return run_fault("the name of an input is empty");
    if (path == "-") {
      if (std::exchange(standard_input, true)) return run_fault("-: standard input can be read only once");
      files.push_back(path);
      continue;
    }
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return system_fault(path, "open", error ? error.value() : ENOENT);
    if (fs::is_directory(status))
      VISIONSHARD_TRY(list_directory(path, output, files));
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
