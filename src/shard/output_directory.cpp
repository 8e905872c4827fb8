#include "shard/output_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace visionshard::shard {
namespace {

namespace fs = std::filesystem;

// The manifest of a finished run of ours, or nothing.
std::string our_manifest(const fs::path& directory) {
  const auto text = read_file((directory / manifest_name).native());
  return text && *text && (*text)->find("\"visionshard\"") < 16 ? **text : std::string();
}

bool lies_in(const fs::path& path, const fs::path& directory) {
  const auto [end, ignored] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

}  // namespace

OutputLock::~OutputLock() {
  if (!made_.empty()) ::rmdir(made_.c_str());
}

RunResult<std::optional<OutputLock>> OutputLock::take(const std::string& directory) {
  std::error_code error;
  OutputLock lock;
  if (fs::create_directories(directory, error)) lock.made_ = directory;
  if (error) return system_fault(directory, "create the directory", error.value());
  lock.directory_ = FileDescriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.directory_) return system_fault(directory, "open", errno);
  if (::flock(lock.directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
  return std::optional(std::move(lock));
}

bool is_shard_name(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix + "-") || !name.ends_with(".jsonl")) return false;
  const std::string number = name.substr(prefix.size() + 1, name.size() - prefix.size() - 7);
  return number.size() >= 5 && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

RunResult<void> check_output_directory(const std::string& directory, IfHeld if_held,
                                       const std::vector<std::string>& inputs) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return run_fault(fmt::format("{}: exists and is not a directory", directory));
  if (fs::exists(fs::path(directory) / plan_name, error) && if_held != IfHeld::replace)
    return run_fault(
        fmt::format("{}: holds a job over many machines ({}); map, merge, pack and seal finish it, --force replaces it", directory,
                    plan_name));
  const bool finished = !our_manifest(directory).empty();
  const bool unfinished = fs::is_directory(fs::path(directory) / work_directory_name, error);
  if (finished || unfinished) {
    if (if_held == IfHeld::resume) return {};
    if (if_held == IfHeld::refuse)
      return run_fault(
          finished
              ? fmt::format("{}: holds a finished run; give --force to replace it, or another directory", directory)
              : fmt::format("{}: holds an unfinished run; give --resume to continue it, --force to replace it, or "
                            "another directory",
                            directory));
    const fs::path canonical = fs::canonical(directory, error);
    for (const std::string& input : inputs)
      if (input != "-" && lies_in(fs::canonical(input, error), canonical))
        return run_fault(
            fmt::format("{}: lies in the output directory {}, which --force would clear; give another "
                        "output directory",
                        input, directory));
    return {};
  }
  const auto first = fs::directory_iterator(directory, error);
  if (error) return system_fault(directory, "list the directory", error.value());
  if (first != fs::directory_iterator())
    return run_fault(
        fmt::format("{}: is not empty (it holds {}, for one) and holds no run of visionshard; give a new "
                    "directory",
                    directory, first->path().filename().native()));
  return {};
}

RunResult<void> prepare_output_directory(const std::string& directory, const std::string& prefix) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return system_fault(directory, "create the directory", error.value());
  const fs::path base(directory);
  const std::string manifest = our_manifest(base);
  const bool unfinished = fs::is_directory(base / work_directory_name, error);
  if (!manifest.empty() || unfinished) {
    std::vector<fs::path> old;
    for (auto it = fs::directory_iterator(base, error); !error && it != fs::end(it); it.increment(error)) {
      const std::string name = it->path().filename().native();
      // A finished run's shards are those its manifest names; an unfinished one, or one whose manifest was cut off, has
      // no list.
      const bool shard = manifest.ends_with("}\n")
                             ? manifest.find(fmt::format("\"path\": \"{}\"", name)) != std::string::npos
                             : is_shard_name(name, prefix);
      if (shard || name == rejected_name || name == run_json_name || name == report_name || name == plan_name ||
          name == layout_name)
        old.push_back(it->path());
    }
    if (!error) fs::remove(base / manifest_name, error);
    for (const fs::path& path : old)
      if (!error) fs::remove(path, error);
    if (!error) fs::remove_all(base / work_directory_name, error);
    if (error) return system_fault(directory, "clear the directory", error.value());
  }
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
