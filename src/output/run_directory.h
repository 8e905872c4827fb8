// The folder a run writes into: made, refused, or cleared of an earlier run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace visionshard::output {

inline constexpr char work_directory_name[] = ".visionshard";
inline constexpr char manifest_name[] = "manifest.json";
inline constexpr char rejected_name[] = "rejected.jsonl";
inline constexpr char run_json_name[] = "run.json";
inline constexpr char report_name[] = "report.html";
// Of a job over many machines:
inline constexpr char plan_name[] = "plan.json";
inline constexpr char layout_name[] = "layout.json";

/// What is to become of a run of ours that the folder holds.
enum class IfHeld { refuse, replace, resume };

/// Whether a run may write into `directory`: it does not exist, is empty, or holds a run that may be replaced or
/// resumed, and holds neither `inputs` nor what is `read_later`. Never touches anything. The fault says what is there
/// and which ways lead on.
RunResult<void> check_output_directory(const std::string& directory, IfHeld if_held,
                                       const std::vector<std::string>& inputs,
                                       const std::vector<std::string>& read_later);

/// Held by the one process that may write into a folder; given back when it ends, however that is.
class OutputLock {
 public:
  /// One that holds nothing.
  OutputLock() = default;

  OutputLock(OutputLock&&) = default;
  OutputLock& operator=(OutputLock&&) = default;
  ~OutputLock();

  /// Makes the folder where it is not there; one that is still empty at the end goes again. Nothing where another
  /// process holds it. A filesystem that knows no locks is no fault (flock(2)).
  static RunResult<std::optional<OutputLock>> take(const std::string& directory);

 private:
  FileDescriptor directory_;
  std::string made_;
};

/// Whether shards can be named so: no slash, no dot in front, no control characters, at most 200 bytes.
bool is_prefix(std::string_view text) noexcept;

/// PREFIX-NNNNN.jsonl, five digits or more.
bool is_shard_name(const std::string& name, const std::string& prefix);

/// Whether a run, or a job over many machines, writes a file of this name beside its shards.
bool is_name_beside_shards(const std::string& name);

/// The names of the shards that the manifest at a path lists; nothing where it is not there or not ours. Fault: it
/// cannot be read.
using ListShards = std::function<RunResult<std::optional<std::vector<std::string>>>(const std::string& manifest_path)>;

/// Makes the folder and its work folder, and removes an earlier run's own files; other files stay. `prefix` is that of
/// its shards, for an unfinished run. Whatever stops it leaves a folder that says it is unfinished, and can be prepared
/// again.
RunResult<void> prepare_output_directory(const std::string& directory, const std::string& prefix,
                                         const ListShards& list_shards);

/// Removes a folder with all in it, also where another process does at the same time; none there is no fault.
RunResult<void> remove_all(const std::string& path);

/// Removes the work folder of a run that is complete.
RunResult<void> remove_work_directory(const std::string& directory);

}  // namespace visionshard::output
