#include "convert/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "codec/library_versions.h"
#include "image/codec_self_test.h"
#include "output/journal.h"
#include "output/run_directory.h"
#include "output/run_fingerprint.h"
#include "output/shard_file.h"
#include "output/shard_planner.h"
#include "output/verify_unmodified.h"

namespace visionshard::conversion {
namespace {

namespace fs = std::filesystem;

struct Folder {
  explicit Folder(const std::string& directory) : base(directory), work(base / output::work_directory_name) {}

  fs::path base, work;
};

// 0 where there is no such file.
std::uint64_t bytes_of(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

// Whether the shard exists unmodified, under its final name or its temporary one. Fault: it cannot be read.
RunResult<bool> is_intact(const Folder& folder, const output::Checkpoint& checkpoint, const KeepRunning& keep_running) {
  const std::string& path = checkpoint.shard.path;
  const std::uint64_t bytes = checkpoint.shard.bytes;
  const fs::path place = bytes_of(folder.base / path) == bytes ? folder.base / path : folder.work / path;
  if (bytes_of(place) != bytes) return false;
  return output::verify_unmodified(place.native(), {bytes, checkpoint.shard.xxh128},
                                   {checkpoint.written_ns, checkpoint.written_ns}, keep_running);
}

// Compares the libraries that are loaded only when an image needs them, and that the fingerprint therefore omits.
std::optional<std::string> difference_of_libraries(std::string_view then) {
  const std::string now = then.empty() ? std::string() : codec::library_versions();
  for (std::size_t at = 0; at < then.size(); at = then.find('\n', at) + 1) {
    const std::string_view line = then.substr(at, then.find('\n', at) + 1 - at);
    if (now.find(line) == std::string::npos)
      return fmt::format("{} was used, and the libraries are {}", line.substr(0, line.size() - 1), now);
  }
  return std::nullopt;
}

std::optional<std::string> difference_of_codecs(std::string_view then) {
  if (then.empty()) return std::nullopt;
  const std::string now = image::codec_self_test_digest(image::JpegXl::left_out);
  if (now == then) return std::nullopt;
  return fmt::format("the codec libraries or the processor give other bytes (codec self-test \"{}\", it was \"{}\")",
                     now, then);
}

}  // namespace

RunResult<Resumption> find_resumption(const std::string& directory, const std::string& prefix,
                                      const std::string& fingerprint, const KeepRunning& keep_running) {
  Resumption found;
  auto lines = output::read_journal(directory);
  if (!lines) return tl::unexpected(lines.error());
  const Folder folder(directory);
  if (lines->empty()) {
    std::error_code ignored;
    if (fs::exists(folder.work / output::plan_name, ignored))
      found.difference = "it was begun with --shuffle, --validation or --near-duplicates";
    return found;
  }
  found.difference = output::difference(lines->front(), fingerprint);
  if (found.difference) return found;
  // Also under its final name: a run can be killed between that rename and the manifest.
  const std::uint64_t rejected_bytes =
      std::max(bytes_of(folder.work / output::rejected_name), bytes_of(folder.base / output::rejected_name));
  found.journal.push_back(lines->front());
  std::vector<InputFile> inputs;
  // A power loss can destroy what was not synced: the run resumes after the last shard that is intact.
  for (std::size_t i = 1; i < lines->size(); ++i) {
    auto checkpoint = output::read_checkpoint((*lines)[i]);
    if (!checkpoint || checkpoint->shard.path != output::shard_name(prefix, i - 1) ||
        checkpoint->rejected_bytes > rejected_bytes)
      break;
    const auto intact = is_intact(folder, *checkpoint, keep_running);
    if (!intact) return tl::unexpected(intact.error());
    if (!*intact) break;
    if (checkpoint->first_input > inputs.size()) break;
    inputs.resize(checkpoint->first_input);
    inputs.insert(inputs.end(), checkpoint->report.inputs.begin(), checkpoint->report.inputs.end());
    found.journal.push_back((*lines)[i]);
    found.shards.push_back(checkpoint->shard);
    found.last = std::move(*checkpoint);
  }
  if (found.last) {
    found.difference = difference_of_libraries(found.last->libraries);
    if (!found.difference) found.difference = difference_of_codecs(found.last->codec_self_test);
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
  if (!fs::exists(folder.work / output::rejected_name, error) && !error &&
      fs::exists(folder.base / output::rejected_name, error) && !error)
    fs::rename(folder.base / output::rejected_name, folder.work / output::rejected_name, error);
  if (error) return system_fault(directory, "take up rejected.jsonl again in", error.value());
  for (const ShardInfo& shard : resumption.shards) {
    if (bytes_of(folder.base / shard.path) == shard.bytes) continue;
    if (auto renamed = rename_new(folder.work / shard.path, folder.base / shard.path); !renamed) return renamed;
  }
  std::vector<fs::path> old;
  for (auto it = fs::directory_iterator(folder.base, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    if ((output::is_shard_name(name, prefix) && !kept(name)) || name == output::run_json_name ||
        name == output::report_name)
      old.push_back(it->path());
  }
  if (error) return system_fault(directory, "list", error.value());
  for (auto it = fs::directory_iterator(folder.work, error); !error && it != fs::end(it); it.increment(error)) {
    const std::string name = it->path().filename().native();
    if (name != output::rejected_name && name != output::journal_name) old.push_back(it->path());
  }
  const bool no_rejects = !resumption.last || resumption.last->rejected_bytes == 0;
  if (no_rejects) old.push_back(folder.work / output::rejected_name);
  for (const fs::path& path : old)
    if (!error) fs::remove(path, error);
  if (error) return system_fault(directory, "remove unfinished files", error.value());
  return sync_directory(directory);
}

}  // namespace visionshard::conversion
