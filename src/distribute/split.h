// Which examples go into the validation set.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <string>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "distribute/cluster_job.h"
#include "distribute/near_duplicates.h"

namespace visionshard::distribute {

/// What a split is made of: the examples of a job whose parts are all there, less those that are left out, which are
/// places in ascending order in a file. `near` connects pictures that are near-duplicates, and may be nullptr.
struct SplitInput {
  const std::string& left_out_path;
  std::uint64_t left_out_bytes = 0;
  const NearDuplicateSearch* near = nullptr;
};

/// Writes the places of the validation examples in ascending order to the file at `path`, and files of its own beside
/// it. Takes 17 bytes of memory an example. Faults: with RunStatus::refused, the option cannot be carried out with this
/// corpus; a file cannot be read; more than `memory_bytes` would be needed.
RunResult<FileDigest> make_split(const ClusterJob& job, const SplitInput& input, const std::string& path,
                                 std::uint64_t memory_bytes, const KeepRunning& keep_running, SplitReport& report);

}  // namespace visionshard::distribute
