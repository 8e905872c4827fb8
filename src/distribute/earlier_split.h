// The sides of an earlier run, for --keep-split.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "distribute/cluster_plan.h"
#include "distribute/example_groups.h"
#include "output/example_keys.h"

namespace visionshard::distribute {

/// Where something stood in the earlier run.
struct EarlierSides {
  bool train = false, validation = false;
};

/// The shards of the run whose sides are kept, by its manifest. Faults: it is no manifest, names no validation shard,
/// or a shard is not there or has another size; of a split by images, also where some of its files are gone.
RunResult<std::vector<ShardInfo>> shards_to_keep(const std::string& manifest, const std::string& split_by);

/// read(), then sides_of() for ascending keys with note(), then decide(). Two bits an example, and a file on disk.
class EarlierSplit {
 public:
  /// Files of its own begin with `path`. The plan must outlive this.
  EarlierSplit(const JobPlan& plan, std::string path)
      : shaping_(plan.options.shaping), manifest_(plan.keep_split), path_(std::move(path)) {}
  ~EarlierSplit();
  EarlierSplit(const EarlierSplit&) = delete;
  EarlierSplit& operator=(const EarlierSplit&) = delete;

  /// Reads the shards that the manifest names. Faults, with RunStatus::refused: it was changed since the plan was made,
  /// or one of them since its run. Also: a shard cannot be read.
  RunResult<void> read(std::uint64_t examples, const KeepRunning& keep_running);

  /// The sides on which a line or an image with this key stood.
  RunResult<EarlierSides> sides_of(const output::HashKey& key);

  /// The example has something of these sides; `is_line`: it is itself one of them.
  void note(std::uint32_t example, EarlierSides sides, bool is_line);

  /// Decides the groups that have a member with a side: a group with both goes to train, since what a model has seen in
  /// training must not judge it. Counts. Fault, with RunStatus::refused: no example of the earlier run is there.
  RunResult<void> decide(ExampleGroups& groups, SplitReport& report);

  /// Whether the group goes to validation; nothing where it is new.
  std::optional<bool> side_of(std::uint32_t group) const;

 private:
  struct Record {
    output::HashKey key;
    std::uint64_t validation;

    auto operator<=>(const Record&) const = default;
  };

  const ShapingOptions& shaping_;
  const std::string& manifest_;
  std::string path_;
  RecordReader<Record> records_;
  std::optional<Record> next_;
  bool ended_ = false;
  std::vector<bool> train_, validation_;            // by example, then by group
  std::vector<bool> line_validation_, line_known_;  // by example: the line itself
};

}  // namespace visionshard::distribute
