// The work on batches, which a run supplies. The graph and the loop only decide when and on which thread it is done.
#pragma once

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "engine/batch.h"
#include "engine/conversion_cache.h"

namespace visionshard::engine {

/// Buffers that a thread reuses from one batch to the next.
class Scratch {
 public:
  virtual ~Scratch() = default;
  /// Frees buffers of more than `max_bytes`.
  virtual void trim(std::size_t max_bytes) = 0;
};

/// Where committed batches are written. Each function is called by one thread at a time; different functions may run at
/// once, on different batches.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Adds the bytes that the batch writes to their files' digests; in input order.
  virtual void digest(const Batch& batch) = 0;
  /// Writes them; in input order. Returns how many files were completed by it.
  virtual RunResult<std::size_t> write(Batch& batch) = 0;
  /// Gives the oldest completed file its final name.
  virtual RunResult<void> publish() = 0;
};

class BatchProcessor {
 public:
  BatchProcessor() = default;
  BatchProcessor(const BatchProcessor&) = delete;
  BatchProcessor& operator=(const BatchProcessor&) = delete;
  virtual ~BatchProcessor() = default;

  /// Makes a batch of the class that the other functions expect.
  virtual std::unique_ptr<Batch> make_batch() const = 0;
  virtual std::unique_ptr<Scratch> make_scratch() const = 0;

  /// Cuts the text into lines, validates them, and finishes whatever needs no decoded image; the images that must be
  /// decoded go into Batch::pending. Thread-safe for different batches. Throws std::bad_alloc, as do the next three.
  virtual RunResult<void> parse(Batch& batch, Scratch& scratch) const = 0;

  /// Converts one pending image; changes nothing in its batch. nullptr: it takes more memory than is reserved for it,
  /// where work.can_grow(). Thread-safe.
  virtual RunResult<SharedResult> convert(ImageWork work) const = 0;

  /// Applies the result of a pending image to its line. Thread-safe for different images.
  virtual void apply(ImageWork work, const SharedResult& result) const = 0;

  /// Decides the outcome of each line, after its last pending image. Thread-safe for different batches.
  virtual void assemble(Batch& batch) const = 0;

  /// Called for the batches in input order, one at a time.
  virtual RunResult<void> commit(Batch& batch) = 0;

  /// nullptr: nothing is written.
  virtual Sink* sink() noexcept { return nullptr; }
};

}  // namespace visionshard::engine
