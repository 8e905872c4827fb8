// What a finished run says of its shards.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::output {

/// The `shards` of the manifest at `path`, whose names are checked to lie in its folder. Faults: it cannot be read, or
/// is no manifest of ours, or of a later version.
RunResult<std::vector<ShardInfo>> read_manifest_shards(const std::string& path);

/// The names of those shards; nothing where the file is not there or no manifest of ours. Fault: it cannot be read.
RunResult<std::optional<std::vector<std::string>>> manifest_shard_names(const std::string& path);

/// The prefix of the shards of the unfinished run or job that `directory` holds; nothing where none is recorded.
std::optional<std::string> unfinished_prefix(const std::string& directory);

/// What the manifest at `path` says of its run: counts, rejects by reason, conversions, inputs and shards. Faults: as
/// above.
RunResult<RunReport> read_manifest_report(const std::string& path);

/// The counts of the manifest at `path`; nothing where it is of version 1. Faults: as above.
RunResult<std::optional<Counts>> read_manifest_counts(const std::string& path);

/// How a run wrote its lines and images.
struct WrittenLayout {
  OutputLayout layout = OutputLayout::chat;
  ImagePlace images = ImagePlace::inlined;
  ImageFiles image_files;
};

/// By the manifest at `path`; those of older versions have chat lines. Fault: it cannot be read.
RunResult<WrittenLayout> read_manifest_layout(const std::string& path);

}  // namespace visionshard::output
