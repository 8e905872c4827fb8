// The batches in flight: read and not yet written. Decides whether another may be read.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/pipeline.h"

namespace visionshard::engine {

/// Memory reserved for a block until it is parsed: its text, and the image bytes decoded from it.
constexpr std::uint64_t reserved_for_text(std::uint64_t block_bytes) noexcept { return 2 * block_bytes; }

/// After parsing: charges the batch for the memory that it keeps until it is written, in place of what was reserved.
/// Thread-safe for different batches.
void charge_kept_memory(Batch& batch, Budget& budget) noexcept;

/// Not thread-safe.
class Window {
 public:
  Window(const Pipeline& pipeline, unsigned threads);

  /// Whether another batch may be read: one is free, threads would run out of work, memory for text is left, and not
  /// too many files wait for their final names.
  bool has_room() const noexcept;
  /// How much memory the next block may take. No limit where nothing is in flight: a line then gets what it needs.
  std::uint64_t room_bytes() const noexcept;

  /// The free batch that was returned last, since it is most likely in cache. Requires has_room().
  Batch& free_batch() noexcept { return *free_.back().batch; }
  /// A free batch was filled.
  void enter(Batch& batch);
  void parsed(std::uint64_t sequence, bool has_images);
  void converted(std::uint64_t sequence);
  /// The oldest batch was written, which completed so many files.
  void leave(Batch& batch, std::size_t files_completed);
  void file_published() noexcept { --unpublished_; }
  /// Gives so much of the memory that free batches except `keep` have back to the system, if they have it. Whether
  /// there was any. Throws std::bad_alloc.
  bool free_idle(std::uint64_t bytes, const Batch* keep);

  std::size_t in_flight() const noexcept { return in_flight_.size(); }
  std::uint64_t entered() const noexcept { return first_ + in_flight_.size(); }

 private:
  enum class State : std::uint8_t { parsing, converting, finished, late };  // finished, but not before an older one
  struct Free {
    Batch* batch;
    std::uint64_t idle_bytes;  // memory that it keeps
  };
  struct InFlight {
    std::uint64_t text_bytes;
    State state;
  };

  void set_state(std::uint64_t sequence, State state) noexcept;
  void forget(Free& free);
  bool threads_have_work() const noexcept;

  BatchProcessor& processor_;
  Budget& budget_;
  unsigned threads_;
  std::size_t max_unpublished_;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Free> free_;
  std::deque<InFlight> in_flight_;  // in input order
  std::uint64_t first_ = 0;         // sequence of the first of them
  std::size_t unpublished_ = 0;
};

}  // namespace visionshard::engine
