// layout.json: which bytes of which parts make each shard.
#pragma once

#include <visionshard/report.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "distribute/cluster_paths.h"
#include "output/part_index.h"

namespace visionshard::distribute {

/// A shard of training examples or, on the other side, of validation examples: ranges of the parts' files, one after
/// the other.
struct PlannedShard {
  std::uint64_t side = 0;    // 1: validation
  std::uint64_t number = 0;  // among the shards of its side
  std::uint64_t bytes = 0;
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
  std::uint64_t first_range = 0;  // in its side's file of ranges
};

/// Whole examples that lie one after the other.
struct RangeRecord {
  std::uint64_t source;  // twice the number of the part, plus 1 for its file of small examples
  std::uint64_t offset;
  std::uint64_t bytes;
};

inline constexpr std::size_t side_count = 2;
inline constexpr const char* side_names[side_count] = {"train", "validation"};

/// Examples that were left out for one reason, and counted alike.
struct DroppedExamples {
  output::LeftOut reason = output::LeftOut::duplicate;
  output::ExampleTally tally;
  std::uint64_t examples = 0;
  std::uint64_t bytes = 0;
};

struct PartData {
  std::uint64_t bytes = 0;
  std::string xxh128;  // of a part made once more it must be the same
};

/// Where a picture stands first, as the parts know it.
struct PicturePlace {
  std::uint64_t place = 0;  // see output::place_of()
  std::uint64_t line = 0;   // of the part, from 1
  std::uint64_t image = 0;  // of the example, from 0
  std::uint64_t quality = 0;
};

struct PlacedPair {
  std::uint64_t distance = 0;
  PicturePlace first, second;
};

/// What merge finds of near-duplicates; the report's pairs are still without their lines and pictures.
struct NearDuplicatesFound {
  NearDuplicatesReport report;
  std::vector<PlacedPair> pairs;
  std::vector<PicturePlace> first_dropped;  // at most max_first_rejects
};

struct Layout {
  std::vector<PartData> parts;
  std::vector<PlannedShard> shards;  // of training, then of validation
  std::string ranges_name;           // of files of RangeRecord beside the parts: see ranges_path()
  std::array<std::uint64_t, side_count> ranges_bytes{};
  std::vector<DroppedExamples> dropped;
  SplitReport split;
  NearDuplicatesFound near_duplicates;
};

/// Of the file of ranges of one side.
std::string ranges_path(const JobPaths& paths, const std::string& ranges_name, std::uint64_t side);

/// The shard's file name.
std::string shard_name(const JobPaths& paths, const PlannedShard& shard);

/// One line of JSON with its newline.
std::string layout_text(const JobPlan& plan, const Layout& layout);

/// Nothing where there is none of this plan's. Fault: it is damaged.
RunResult<std::optional<Layout>> read_layout(const JobPaths& paths, const JobPlan& plan);

}  // namespace visionshard::distribute
