// Pictures of a job that are near-duplicates, once its parts are all there.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "distribute/cluster_job.h"
#include "distribute/layout_file.h"
#include "distribute/near_pairs.h"
#include "distribute/picture_reader.h"

namespace visionshard::distribute {

/// Not thread-safe. Faults of all functions: a part cannot be read; interrupted.
class NearDuplicateSearch {
 public:
  /// Files of its own begin with `path`. `job` and `keep_running` must outlive this.
  NearDuplicateSearch(const ClusterJob& job, std::string path, const KeepRunning& keep_running)
      : path_(std::move(path)), keep_running_(keep_running), pictures_(job, path_, keep_running) {}

  /// To be called first. Looks at all examples but those whose places are in the file at `left_out_path`, and fills
  /// `found`. Fault: more than `memory_bytes` would be needed.
  RunResult<void> run(const std::string& left_out_path, std::uint64_t left_out_bytes, std::uint64_t memory_bytes,
                      unsigned threads, NearDuplicatesFound& found);

  /// Calls take(group, number of an example) for each picture that has a near-duplicate and each example that it is in.
  /// Pictures that near-duplicates connect are one group; groups are numbers below groups_end().
  using Take = std::function<RunResult<void>(std::uint32_t group, std::uint32_t example)>;
  RunResult<void> each_in_group(const Take& take) const;
  std::uint32_t groups_end() const noexcept { return static_cast<std::uint32_t>(firsts_.size()); }

  /// Writes to the file at `path`, ascending, the places of examples with a picture that is a near-duplicate of one in
  /// an earlier example that is not among them. The first few go to `found`.
  RunResult<FileDigest> drop(const std::string& path, NearDuplicatesFound& found) const;

 private:
  RunResult<void> read_hashes(std::uint64_t memory_bytes, unsigned& threads);
  RunResult<void> find_examples(const std::vector<NearHashes>& shown, NearDuplicatesFound& found) const;
  bool is_near(std::uint32_t hash) const noexcept { return near_[firsts_[hash]]; }

  std::string path_;
  const KeepRunning& keep_running_;
  PictureReader pictures_;
  std::vector<near_duplicates::PdqHash> hashes_;   // ascending
  std::vector<std::uint32_t> number_of_pictures_;  // by hash
  std::vector<std::uint32_t> firsts_;              // by hash: the first of its group
  std::vector<bool> near_;                         // by group: there is more than one picture
};

}  // namespace visionshard::distribute
