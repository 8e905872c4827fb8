// From what an unfinished run left after to where it goes on.
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
  std::optional<std::string>
      difference;                    // to the run that is there, in words: it is another one, and nothing else is set
  std::vector<std::string> journal;  // its lines that hold, the fingerprint first; empty: there is nothing to resume
  std::vector<ShardInfo> shards;     // complete
  std::optional<output::Checkpoint> last;  // after the last of them; tells the lines of all inputs read so far
};

/// What `directory` holds of a run with this fingerprint (a line). Changes nothing. Fault: its journal or a
/// shard cannot be read.
RunResult<Resumption> find_resumption(const std::string& directory, const std::string& prefix,
                                      const std::string& fingerprint, const KeepRunning& keep_running);

/// Makes the folder what it was when the last complete shard was: announced renames are done, later files removed.
RunResult<void> restore_folder(const std::string& directory, const std::string& prefix, const Resumption& resumption);

}  // namespace visionshard::conversion
