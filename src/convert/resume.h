// Finds where an unfinished run can be resumed, and restores its output directory.
#pragma once

#include <visionshard/report.h>

#include <optional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"
#include "output/checkpoint.h"

namespace visionshard::conversion {

struct Resumption {
  std::optional<std::string> difference;   // the unfinished run has other options or inputs: the first difference
  std::vector<std::string> journal;        // its valid lines, the fingerprint first; empty: there is nothing to resume
  std::vector<ShardInfo> shards;           // complete
  std::optional<output::Checkpoint> last;  // after the last shard; its report lists all inputs read so far
};

/// Examines the unfinished run in `directory` for the run with this fingerprint (output::fingerprint_line). Changes
/// nothing. Fault: the journal or a shard cannot be read.
RunResult<Resumption> find_resumption(const std::string& directory, const std::string& prefix,
                                      const std::string& fingerprint, const KeepRunning& keep_running);

/// Restores the directory to its state after the last complete shard: finishes recorded renames, removes later files.
RunResult<void> restore_folder(const std::string& directory, const std::string& prefix, const Resumption& resumption);

}  // namespace visionshard::conversion
