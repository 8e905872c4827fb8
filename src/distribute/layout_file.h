// layout.json: which bytes of which parts make each shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "distribute/cluster_paths.h"
#include "output/part_index.h"

namespace visionshard::distribute {

/// The parts' data one after the other is all that is written; a shard is a range of it, less the duplicates in it.
struct PlannedShard {
  std::uint64_t part = 0;    // it begins in this part's data,
  std::uint64_t offset = 0;  // at this byte
  std::uint64_t bytes = 0;
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
  std::uint64_t first_drop = 0;  // in the file of drops: none before it lies after the shard's beginning
};

/// A duplicate: bytes of a part's data that are left out. In the order of the data.
struct DropRecord {
  std::uint64_t part;
  std::uint64_t offset;
  std::uint64_t bytes;
};

/// Duplicates that counted alike.
struct DroppedExamples {
  output::ExampleTally tally;
  std::uint64_t examples = 0;
  std::uint64_t bytes = 0;
};

struct PartData {
  std::uint64_t bytes = 0;
  std::string xxh128;  // of a part made once more it must be the same
};

struct Layout {
  std::vector<PartData> parts;
  std::vector<PlannedShard> shards;
  std::string drops_name;  // of a file of DropRecord beside the parts; empty where there are no duplicates
  std::uint64_t drops_bytes = 0;
  std::vector<DroppedExamples> dropped;
};

/// One line of JSON with its newline.
std::string layout_text(const JobPlan& plan, const Layout& layout);

/// Nothing where there is none of this plan's. Fault: it is damaged.
RunResult<std::optional<Layout>> read_layout(const JobPaths& paths, const JobPlan& plan);

}  // namespace visionshard::distribute
