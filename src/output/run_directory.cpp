#include "output/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "output/image_folder.h"
#include "output/shard_planner.h"

namespace visionshard::output {
namespace {

namespace fs = std::filesystem;

RunResult<bool> has_our_manifest(const fs::path& directory) {
  const fs::path path = directory / manifest_name;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return false;
  const auto text = VISIONSHARD_TRY(read_file(path.native()));
  return text && text->find("\"visionshard\"") < 16;
}

RunResult<std::vector<fs::path>> entries_of(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error))
    entries.push_back(it->path());
  if (error) return system_fault(directory.native(), "list the directory", error.value());
  return entries;
}

// Whether all there is are a work folder and what a run that was killed at once leaves in it: nothing to go on with.
bool is_barely_begun(const fs::path& directory) {
  std::error_code error;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error))
    if (it->path().filename() != work_directory_name) return false;
  const auto is_left_over = [](const std::string& name) {
    return name.starts_with("plan.") || name.ends_with(".partial");
  };
  for (auto it = fs::recursive_directory_iterator(directory / work_directory_name, error); !error && it != fs::end(it);
       it.increment(error)) {
    std::error_code ignored;
    if (!it->is_directory(ignored) && !is_left_over(it->path().filename().native())) return false;
  }
  return !error;
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
  constexpr int max_tries = 100;  // on filesystems whose numbers for one folder change they never end
  for (int tries = 1;; ++tries) {
    std::error_code error;
    const bool made = fs::create_directories(directory, error);
    if (error) return system_fault(directory, "create the directory", error.value());
    OutputLock lock;
    lock.directory_ = FileDescriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.directory_ && errno == ENOENT && tries < max_tries) continue;
    if (!lock.directory_) return system_fault(directory, "open", errno);
    if (::flock(lock.directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
    // Whoever held it may have removed the folder, as one that had stayed empty.
    struct stat held, named;
    const bool same = ::fstat(lock.directory_.get(), &held) == 0 && ::stat(directory.c_str(), &named) == 0 &&
                      held.st_dev == named.st_dev && held.st_ino == named.st_ino;
    if (!same && tries < max_tries) continue;
    if (made) lock.made_ = directory;
    return std::optional(std::move(lock));
  }
}

bool is_prefix(std::string_view text) noexcept {
  constexpr std::size_t max_bytes = 200;
  return !text.empty() && text.size() <= max_bytes && text.front() != '.' &&
         std::ranges::none_of(text, [](char c) { return c == '/' || (c >= 0 && c < ' ') || c == '\x7F'; });
}

bool is_shard_name(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix + "-") || !name.ends_with(".jsonl")) return false;
  const std::string number = name.substr(prefix.size() + 1, name.size() - prefix.size() - 7);
  return number.size() >= 5 && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name_beside_shards(const std::string& name) {
  const auto names = {manifest_name, rejected_name, run_json_name, report_name, plan_name, layout_name};
  return std::ranges::find(names, name) != names.end();
}

RunResult<void> check_output_directory(const std::string& directory, IfHeld if_held,
                                       const std::vector<std::string>& inputs,
                                       const std::vector<std::string>& read_later) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return run_fault(fmt::format("{}: exists and is not a directory", directory));
  if (fs::exists(fs::path(directory) / plan_name, error) && if_held != IfHeld::replace)
    return run_fault(
        fmt::format("{}: holds a job over many machines ({}); map, merge, pack and seal finish it, --force replaces it",
                    directory, plan_name));
  const bool finished = VISIONSHARD_TRY(has_our_manifest(directory));
  const bool unfinished = fs::is_directory(fs::path(directory) / work_directory_name, error);
  if (unfinished && !finished && is_barely_begun(directory)) return {};
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
    for (const std::vector<std::string>* const paths : {&inputs, &read_later})
      for (const std::string& path : *paths)
        if (path != "-" && lies_in(fs::canonical(path, error), canonical))
          return run_fault(
              fmt::format("{}: lies in the output directory {}, whose run --force would clear; give another "
                          "output directory",
                          path, directory));
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

RunResult<void> prepare_output_directory(const std::string& directory, const std::string& prefix,
                                         const ListShards& list_shards) {
  std::error_code error;
  const fs::path base(directory), work = base / work_directory_name;
  // Of the run that is replaced, for as long as files of it are there.
  const fs::path replaced = work / "replaced.json";
  const bool finished = VISIONSHARD_TRY(has_our_manifest(base));
  if (fs::is_directory(base / manifest_name, error))
    return run_fault(fmt::format("{}: is a directory, where the manifest is written; move it to another place",
                                 (base / manifest_name).native()));
  const bool held = finished || fs::is_directory(work, error);
  fs::create_directories(work, error);
  if (error) return system_fault(work.native(), "create the directory", error.value());
  if (!held) return {};
  if (fs::exists(base / manifest_name, error)) fs::rename(base / manifest_name, replaced, error);
  if (error) return system_fault(replaced.native(), "set the manifest aside as", error.value());
  // A finished run's shards are those its manifest names; an unfinished one has no list.
  const auto shards = VISIONSHARD_TRY(list_shards(replaced.native()));
  const auto is_ours = [&](const std::string& name) {
    return is_name_beside_shards(name) ||
           (shards ? std::ranges::find(*shards, name) != shards->end()
                   : is_shard_name(name, prefix) || is_shard_name(name, validation_prefix));
  };
  auto old = VISIONSHARD_TRY(entries_of(base));
  std::erase_if(old, [&](const fs::path& path) { return !is_ours(path.filename().native()); });
  // A plan last: it knows the prefix of its shards.
  std::stable_partition(old.begin(), old.end(), [](const fs::path& path) { return path.filename() != plan_name; });
  VISIONSHARD_TRY(remove_images(directory));
  for (const fs::path& path : old) {
    fs::remove(path, error);
    if (error) return system_fault(path.native(), "remove", error.value());
  }
  // What was set aside last: it alone names what was to be removed.
  auto inside = VISIONSHARD_TRY(entries_of(work));
  std::stable_partition(inside.begin(), inside.end(), [&](const fs::path& path) { return path != replaced; });
  for (const fs::path& path : inside) VISIONSHARD_TRY(remove_all(path.native()));
  return {};
}

RunResult<void> remove_all(const std::string& path) {
  std::error_code error;
  // Where two processes remove it at once, each meets what the other has removed.
  for (int tries = 0; tries < 1000; ++tries) {
    fs::remove_all(path, error);
    if (error != std::errc::no_such_file_or_directory) break;
  }
  if (error) return system_fault(path, "remove", error.value());
  return {};
}

RunResult<void> remove_work_directory(const std::string& directory) {
  return remove_all((fs::path(directory) / work_directory_name).native());
}

}  // namespace visionshard::output
