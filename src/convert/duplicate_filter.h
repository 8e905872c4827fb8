// The examples that were written, by the digests of their lines.
#pragma once

#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"
#include "engine/budget.h"
#include "line/line_batch.h"

namespace visionshard::conversion {

/// A set that only grows, charged to `budget`: 16 bytes an example, in a table that is two fifths to four fifths full.
/// Not thread-safe.
class DuplicateFilter {
 public:
  /// Takes at most a quarter of the budget.
  explicit DuplicateFilter(engine::Budget& budget) : budget_(budget) {}
  ~DuplicateFilter();
  DuplicateFilter(const DuplicateFilter&) = delete;
  DuplicateFilter& operator=(const DuplicateFilter&) = delete;

  /// Returns whether the example is new. Fault: there is no memory for more.
  RunResult<bool> add(const output::ExampleDigest& digest);

  /// Adds all lines of the shards at `paths`. Faults: as add(), a shard cannot be read, or `keep_running` returned
  /// false.
  RunResult<void> add_lines_of(const std::vector<std::string>& paths, const KeepRunning& keep_running);

  std::size_t size() const noexcept { return examples_ + has_none_; }

 private:
  static constexpr output::ExampleDigest none{};

  RunResult<void> grow();
  bool insert(const output::ExampleDigest& digest) noexcept;

  engine::Budget& budget_;
  std::vector<output::ExampleDigest> table_;  // open addressing; its size is a power of two
  std::size_t examples_ = 0;
  bool has_none_ = false;  // whether `none`, which marks an empty place in the table, was added as a digest
};

}  // namespace visionshard::conversion
