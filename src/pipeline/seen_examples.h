// Which examples have been written, by the digests of their lines.
#pragma once

#include <vector>

#include "base/result.h"
#include "pipeline/batch.h"
#include "pipeline/budget.h"
#include "shard/sha256.h"

namespace visionshard::pipeline {

/// The first half of `digest`: 2^64 lines would have to be tried to make two collide on purpose.
ExampleDigest example_digest(const shard::Sha256::Digest& digest) noexcept;

/// A set that only grows, charged to `budget`: 16 bytes an example, in a table that is two fifths to four fifths full.
/// Not thread-safe.
class SeenExamples {
 public:
  /// May take a quarter of the budget.
  explicit SeenExamples(Budget& budget) : budget_(budget) {}
  ~SeenExamples();
  SeenExamples(const SeenExamples&) = delete;
  SeenExamples& operator=(const SeenExamples&) = delete;

  /// Whether it is new. Fault: there is no memory for more.
  RunResult<bool> add(const ExampleDigest& digest);

  std::size_t size() const noexcept { return examples_ + has_none_; }

 private:
  static constexpr ExampleDigest none{};

  RunResult<void> grow();
  bool insert(const ExampleDigest& digest) noexcept;

  Budget& budget_;
  std::vector<ExampleDigest> table_;  // open addressing; its size is a power of two
  std::size_t examples_ = 0;
  bool has_none_ = false;  // the one digest that marks an empty place
};

}  // namespace visionshard::pipeline
