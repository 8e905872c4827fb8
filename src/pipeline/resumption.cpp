#include "pipeline/resumption.h"

#include <algorithm>
#include <filesystem>

#include "report/fingerprint.h"
#include "shard/journal.h"
#include "shard/late_write.h"
#include "shard/output_directory.h"
#include "shard/plan.h"
#include "shard/shard_file.h"

namespace visionshard::pipeline {
namespace {

namespace fs = std::filesystem;

struct Folder {
  explicit Folder(const std::string& directory) : base(directory), work(base / shard::work_directory_name) {}

  fs::path base, work;
};

// 0 where there is no such file.
std::uint64_t bytes_of(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

// Whether the shard is there in whole, under its final name or still under the other, as it was completed. Fault: it
// cannot be read.
RunResult<bool> is_there(const Folder& folder, const report::Snapshot& snapshot, const GoesOn& goes_on) {
  const std::string& path = snapshot.shard.path;
  const std::uint64_t bytes = snapshot.shard.bytes;
  const fs::path place = bytes_of(folder.base / path) == bytes ? folder.base / path : folder.work / path;
  if (bytes_of(place) != bytes) return false;
  return shard::is_as_written(place.native(), {bytes, snapshot.shard.xxh128}, snapshot.written_ns, goes_on);
}

}  // namespace

RunResult<Resumption> find_resumption(const std::string& directory, const std::string& prefix,
                                      const std::string& fingerprint, const GoesOn& goes_on) {
  Resumption found;
  auto lines = shard::read_journal(directory);
  if (!lines) return tl::unexpected(lines.error());
  if (lines->empty()) return found;
  found.difference = report::difference(lines->front(), fingerprint);
  if (found.difference) return found;
  const Folder folder(directory);
  // Its final name too: a run can die between that rename and the manifest.
  const std::uint64_t rejected_bytes =
      std::max(bytes_of(folder.work / shard::rejected_name), bytes_of(folder.base / shard::rejected_name));
  found.journal.push_back(lines->front());
  std::vector<InputFile> inputs;
  // Where a power loss took what had not been synced, the run goes on behind what is still there.
  for (std::size_t i = 1; i < lines->size(); ++i) {
    auto snapshot = report::read_snapshot((*lines)[i]);
    if (!snapshot || snapshot->shard.path != shard::shard_name(prefix, i - 1) ||
        snapshot->rejected_bytes > rejected_bytes)
      break;
    const auto there = is_there(folder, *snapshot, goes_on);
    if (!there) return tl::unexpected(there.error());
    if (!*there) break;
    if (snapshot->first_input > inputs.size()) break;
    inputs.resize(snapshot->first_input);
    inputs.insert(inputs.end(), snapshot->report.inputs.begin(), snapshot->report.inputs.end());
    found.journal.push_back((*lines)[i]);
    found.shards.push_back(snapshot->shard);
    found.last = std::move(*snapshot);
  }
  if (found.last) {
    found.last->first_input = 0;
    found.last->report.inputs = std::move(inputs);
  }
  return found;
}

RunResult<void> restore_folder(const std::string& directory, const std::string& prefix, const Resumption& resumption) {
  const Folder folder(directory);
  const auto kept = [&](const std::string& name) {
    return std::any_of(resumption.shards.begin(), resumption.shards.end(),
                       [&](const ShardInfo& shard) { return shard.path == name; });
  };
  std::error_code error;
  if (!fs::exists(folder.work / shard::rejected_name) && fs::exists(folder.base / shard::rejected_name))
    fs::rename(folder.base / shard::rejected_name, folder.work / shard::rejected_name, error);
  for (const ShardInfo& shard : resumption.shards) {
    if (bytes_of(folder.base / shard.path) == shard.bytes) continue;
    if (auto renamed = rename_new(folder.work / shard.path, folder.base / shard.path); !renamed) return renamed;
  }
  std::vector<fs::path> old;
  for (auto it = fs::directory_iterator(folder.base, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    if ((shard::is_shard_name(name, prefix) && !kept(name)) || name == shard::run_json_name ||
        name == shard::report_name)
      old.push_back(it->path());
  }
  for (auto it = fs::directory_iterator(folder.work, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    if (name != shard::rejected_name && name != shard::journal_name) old.push_back(it->path());
  }
  const bool no_rejects = !resumption.last || resumption.last->rejected_bytes == 0;
  if (no_rejects) old.push_back(folder.work / shard::rejected_name);
  for (const fs::path& path : old)
    if (!error) fs::remove(path, error);
  if (error) return system_fault(directory, "clear what was not finished in", error.value());
  return sync_directory(directory);
}

}  // namespace visionshard::pipeline
