// The pictures of all examples of a job, by their hashes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "distribute/cluster_job.h"
#include "distribute/example_key_reader.h"
#include "output/example_pictures.h"

namespace visionshard::distribute {

/// A hash, and how many pictures have it.
struct PicturesOfHash {
  near_duplicates::PdqHash hash;
  std::uint64_t pictures;
};

/// Pictures but those of examples that are left out, and the frequent ones: a few-shot prefix or a logo makes no
/// example like another. Not thread-safe. Faults of all functions: a part has gone, or is not as its record says.
class PictureReader {
 public:
  /// `path` begins the names of files that the sort needs. `job` and `keep_running` must outlive this.
  PictureReader(const ClusterJob& job, const std::string& path, const KeepRunning& keep_running)
      : job_(job), path_(path), keep_running_(keep_running), numbers_(job, path, keep_running) {}

  /// To be called first. Places of examples that are left out are in ascending order in the file at `left_out_path`.
  /// Takes a bit of memory for each example.
  RunResult<void> leave_out(const std::string& left_out_path, std::uint64_t left_out_bytes);

  /// To be called second: finds the frequent pictures. Writes the different hashes of the others to the file at
  /// `path`, ascending, as PicturesOfHash.
  RunResult<FileDigest> count_hashes(const std::string& path);
  std::uint64_t frequent_pictures() const noexcept { return frequent_.size(); }

  using Take = std::function<RunResult<void>(const output::PictureRecord&, std::uint32_t example, std::uint32_t hash)>;
  /// Calls `take` with each picture of each example, the example's number and that of the hash in the file: hashes
  /// ascending, within a hash pictures, within a picture places.
  RunResult<void> each(const Take& take) const;

  std::uint64_t examples() const noexcept { return numbers_.examples(); }

 private:
  struct Picture {
    near_duplicates::PdqHash hash;
    output::HashKey key;

    auto operator<=>(const Picture&) const = default;
  };
  using TakeRecord = std::function<RunResult<void>(const output::PictureRecord&, std::uint32_t example)>;
  RunResult<void> each_record(const TakeRecord& take) const;

  const ClusterJob& job_;
  std::string path_;
  const KeepRunning& keep_running_;
  ExampleKeyReader numbers_;
  std::vector<bool> left_out_;     // by example
  std::uint64_t lines_ = 0;        // examples less those
  std::vector<Picture> frequent_;  // ascending
};

}  // namespace visionshard::distribute
