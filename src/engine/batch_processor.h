// What a run does with its batches; the graph and the loop only say when and on which thread.
#pragma once

#include "engine/conversion_cache.h"
#include "line/batch.h"
#include "line/scratch.h"

namespace visionshard::pipeline {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Cuts the block into lines, checks each, and settles all that needs no pixels. What does is left in `pending`.
  /// Thread-safe for different batches. Throws std::bad_alloc and image::RunFailure.
  virtual void inspect(Batch& batch, Scratch& scratch) const = 0;

  /// Works on one pending image; touches nothing of its batch. Thread-safe. Throws as inspect does.
  virtual SharedConversion convert_image(ImageWork work) const = 0;

  /// When no image is pending any more: each line's validation. Thread-safe for different batches.
  virtual void assemble(Batch& batch) const = 0;

  /// Takes the batches in input order, one at a time.
  virtual RunResult<void> commit(Batch& batch) = 0;

  /// Completes a shard whose bytes are all written and gives it its final name; in the order of the shards, one at a
  /// time, also during commit().
  virtual RunResult<void> publish(output::ShardFile& shard) = 0;
};

}  // namespace visionshard::pipeline
