// Which examples have been written, by the digests of their lines.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/budget.h"
#include "line/line_batch.h"

namespace visionshard::conversion {

/// A set that only grows, charged to `budget`: 16 bytes an example, in a table that is two fifths to four fifths full.
/// Not thread-safe.
class DuplicateFilter {
 public:
  /// May take a quarter of the budget.
  explicit DuplicateFilter(engine::Budget& budget) : budget_(budget) {}
  ~DuplicateFilter();
  DuplicateFilter(const DuplicateFilter&) = delete;
  DuplicateFilter& operator=(const DuplicateFilter&) = delete;

  /// Whether it is new. Fault: there is no memory for more.
  RunResult<bool> add(const output::ExampleDigest& digest);

  std::size_t size() const noexcept { return examples_ + has_none_; }

 private:
  static constexpr output::ExampleDigest none{};

  RunResult<void> grow();
  bool insert(const output::ExampleDigest& digest) noexcept;

  engine::Budget& budget_;
  std::vector<output::ExampleDigest> table_;  // open addressing; its size is a power of two
  std::size_t examples_ = 0;
  bool has_none_ = false;  // the one digest that marks an empty place
};

}  // namespace visionshard::conversion
