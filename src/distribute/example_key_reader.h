// The keys of all examples of a job, read from all parts at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "distribute/cluster_job.h"
#include "distribute/part_record.h"
#include "output/part_index.h"

namespace visionshard::distribute {

/// Not thread-safe. Faults of all functions: a part has gone, or is not as its record says.
class ExampleKeyReader {
 public:
  /// `path` begins the names of files that the sort needs. `job` and `keep_running` must outlive this.
  ExampleKeyReader(const ClusterJob& job, std::string path, const KeepRunning& keep_running)
      : job_(job), path_(std::move(path)), keep_running_(keep_running) {}

  /// To be called first: numbers the examples of all parts from 0.
  RunResult<void> number_examples();
  std::uint64_t examples() const noexcept { return examples_; }

  /// The number of the example at a place, and the place of a number. The latter takes the logarithm of the parts.
  std::uint32_t number_of(std::uint64_t place) const noexcept {
    return static_cast<std::uint32_t>(firsts_[place >> 32] + (place & UINT32_MAX));
  }
  std::uint64_t place_of(std::uint64_t number) const noexcept;

  using Take = std::function<RunResult<void>(const output::DigestRecord& record, std::uint32_t number)>;
  /// Calls `take` with each key of each example and the example's number: keys ascending, and places within a key.
  RunResult<void> each(const Take& take) const;

 private:
  const ClusterJob& job_;
  std::string path_;
  const KeepRunning& keep_running_;
  std::vector<std::uint64_t> firsts_;  // number of each part's first example
  std::uint64_t examples_ = 0;
};

}  // namespace visionshard::distribute
