// The files that `check` reads, and the runs that wrote them.
#pragma once

#include <visionshard/report.h>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "output/manifest_reader.h"

namespace visionshard::checking {

/// A shard as its run's manifest lists it, and its index in Sources::paths.
struct NamedShard {
  ShardInfo info;
  std::size_t source = 0;
};

/// The folder of a finished run.
struct CheckedRun {
  std::string directory;
  std::string manifest;
  output::WrittenLayout written;
  std::optional<Counts> counts;  // not of a manifest of version 1
  std::vector<NamedShard> shards;
  std::vector<std::string> missing;    // paths that are in the manifest only
  std::vector<std::string> not_named;  // and in the folder only
};

struct Sources {
  std::vector<std::string> paths;
  std::vector<CheckedRun> runs;
  /// By the index of a path: that of its run, or `no_run`.
  std::vector<std::size_t> run_of_path;

  static constexpr std::size_t no_run = std::numeric_limits<std::size_t>::max();
};

/// A folder of a finished run stands for its shards and other *.jsonl files, all else as in input::list_sources().
/// Fault: as there, or a manifest cannot be read, or a run is not finished.
RunResult<Sources> list_sources(const std::vector<std::string>& inputs);

}  // namespace visionshard::checking
