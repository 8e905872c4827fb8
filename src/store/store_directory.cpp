#include "store/store_directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>

#include "base/atomic_file.h"
#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t format_version = 1;

RunResult<void> publish_version(const StorePaths& paths, Durability durability) {
  JsonWriter json;
  json.begin_object().field("visionshard_store", format_version).end_object();
  // A name of its own: several tasks may begin at the same time, also on several machines.
  AtomicFile file =
      VISIONSHARD_TRY(AtomicFile::create(fmt::format("{}.{:08x}", paths.version(), std::random_device()()),
                                         paths.version(), durability, Temporary::removed));
  VISIONSHARD_TRY(file.append(json.take()));
  VISIONSHARD_TRY(file.publish_if_first());
  return {};
}

}  // namespace

bool is_task_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

RunResult<void> check_store(const StorePaths& paths) {
  const auto text = VISIONSHARD_TRY(read_file(paths.version()));
  if (!text) return refusal(paths.base + ": is no store; visionshard fetch INPUT... --store DIR makes one");
  const auto version =
      read_json(*text, paths.version(), [](const JsonReader& reader) { return reader.number("visionshard_store"); });
  if (!version) return refusal(version.error().message);
  if (*version != format_version)
    return refusal(fmt::format("{}: is a store of version {}; this program reads version {}", paths.base, *version,
                               format_version));
  return {};
}

RunResult<void> make_store(const StorePaths& paths, Durability durability) {
  std::error_code error;
  fs::create_directories(paths.base, error);
  if (error) return system_fault(paths.base, "create the directory", error.value());
  if (!fs::exists(paths.version(), error)) {
    bool has_others = false;
    for (auto it = fs::directory_iterator(paths.base, error); !error && it != fs::end(it); it.increment(error))
      has_others |= !it->path().filename().native().starts_with("store.json");
    // Looked for again: another task may have made the store in between.
    if (has_others && !fs::exists(paths.version(), error))
      return refusal(paths.base + ": holds other files and is no store; give another directory");
    VISIONSHARD_TRY(publish_version(paths, durability));
  }
  VISIONSHARD_TRY(check_store(paths));
  fs::create_directories(paths.logs(), error);
  if (!error) fs::create_directories(paths.bodies(), error);
  if (error) return system_fault(paths.base, "create the directory", error.value());
  return durability == Durability::synced ? sync_directory(paths.base) : RunResult<void>();
}

RunResult<FileDescriptor> lock_file(const std::string& path, int lock, const std::string& held) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file) return system_fault(path, "open", errno);
  while (::flock(file.get(), lock | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return refusal(held);
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS) break;
    if (errno != EINTR) return system_fault(path, "lock", errno);
  }
  return file;
}

}  // namespace visionshard::store
