// Which examples go into the validation set.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <string>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "distribute/cluster_job.h"

namespace visionshard::distribute {

/// Groups the examples of a job whose parts are all there, less the duplicates, which are places in ascending order in
/// the file at `duplicates_path`. Writes the places of the validation examples in ascending order to the file at
/// `path`, and files of its own beside it. Takes 17 bytes of memory an example. Faults: with RunStatus::refused, the
/// option cannot be carried out with this corpus; a file cannot be read; more than `memory_bytes` would be needed.
RunResult<FileDigest> make_split(const ClusterJob& job, const std::string& duplicates_path,
                                 std::uint64_t duplicates_bytes, const std::string& path, std::uint64_t memory_bytes,
                                 const KeepRunning& keep_running, SplitReport& report);

}  // namespace visionshard::distribute
