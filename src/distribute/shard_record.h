// A packed shard's .done record. Where it and the shard are, the shard is finished.
#pragma once

#include <visionshard/report.h>

#include <optional>

#include "base/result.h"
#include "distribute/cluster_paths.h"
#include "distribute/layout_file.h"

namespace visionshard::distribute {

struct ShardRecord {
  ShardInfo info;
  std::uint64_t written_ns = 0;  // when the shard was written to for the last time
};

/// One line of JSON with its newline.
std::string shard_record_text(const JobPlan& plan, std::uint64_t index, const ShardRecord& record);

/// What is known of shard `index`; nothing where its record or the shard itself is not there, or it has another size
/// than `planned`. Fault: the folder cannot be read.
RunResult<std::optional<ShardRecord>> read_shard_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t index,
                                                        const PlannedShard& planned);

}  // namespace visionshard::distribute
