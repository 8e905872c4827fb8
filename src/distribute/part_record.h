// A part's .done record: what it holds and what became of its lines. Where it is, the part is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"
#include "distribute/cluster_paths.h"
#include "output/checkpoint.h"
#include "output/part_index.h"
#include "output/verify_unmodified.h"

namespace visionshard::distribute {

// Files in an attempt's folder. Where one would be empty it is not there.
inline constexpr char data_prefix[] = "data";

struct PartRecord {
  std::uint64_t part = 0;
  std::string attempt;
  std::string host;
  std::string codec_self_test;
  output::PartIndex::Digests index;
  FileDigest rejected;            // rejected.jsonl with line numbers of the part
  output::WriteTimes written;     // of the files
  output::Checkpoint checkpoint;  // its shard is the data; lines are those of the part
};

/// Two lines of JSON.
std::string part_record_text(const JobPlan& plan, const PartRecord& record);

/// The record of part `number`; nothing where there is none that holds: not written, damaged, or its files are gone or
/// of another size. Fault: the folder cannot be read.
RunResult<std::optional<PartRecord>> read_part_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t number);

/// The same of a part that was there before. Fault: it has gone.
RunResult<PartRecord> held_part_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t number);

/// Whether two tries made the same of a part; who made it and where does not count.
bool same_bytes(const PartRecord& a, const PartRecord& b);

/// All files of the part but the record itself.
std::vector<std::string> paths_of_files(const JobPaths& paths, const PartRecord& record);

/// Fault: the part's file of this name was changed since the part was made.
RunResult<void> check_file(const JobPaths& paths, const PartRecord& record, std::string_view name,
                           const FileDigest& wanted, const KeepRunning& keep_running);

/// Where the part's data lies, and its file of this name.
std::string data_path(const JobPaths& paths, const PartRecord& record);
std::string file_path(const JobPaths& paths, const PartRecord& record, std::string_view name);

}  // namespace visionshard::distribute
