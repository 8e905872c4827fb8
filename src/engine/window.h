// The batches in flight: read and not yet written. One place says whether another may be read.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/pipeline.h"

namespace visionshard::engine {

/// Memory reserved for a block until it is parsed: its text, and the payloads decoded from it.
constexpr std::uint64_t reserved_for_text(std::uint64_t block_bytes) noexcept { return 2 * block_bytes; }

/// The batch is parsed: it is charged for what it keeps until it is written. Thread-safe for different batches.
void charge_for_what_is_kept(Batch& batch, Budget& budget) noexcept;

/// Not thread-safe.
class Window {
 public:
  Window(const Pipeline& pipeline, unsigned threads);

  /// Whether threads would run out of work, and memory, batches and files without a final name allow another batch.
  bool has_room() const noexcept;
  /// What text may take now; without a bound where nothing is in flight: then a line gets whatever it takes.
  std::uint64_t room_bytes() const noexcept;

  /// Of those that has_room() promises: the one given back last, the likeliest to be in cache.
  Batch& free_batch() noexcept { return *free_.back(); }
  /// A free batch was filled and is on its way.
  void enter(Batch& batch);
  void parsed(std::uint64_t sequence, bool has_images);
  void converted(std::uint64_t sequence) { state(sequence) = State::finished; }
  /// The oldest batch is written; it completed so many files.
  void leave(Batch& batch, std::size_t files_completed);
  void file_published() noexcept { --unpublished_; }

  std::size_t in_flight() const noexcept { return states_.size(); }
  std::uint64_t entered() const noexcept { return first_ + states_.size(); }

 private:
  enum class State : std::uint8_t { parsing, converting, finished };

  State& state(std::uint64_t sequence) noexcept { return states_[sequence - first_]; }
  std::size_t busy() const noexcept;

  Budget& budget_;
  std::size_t max_busy_;
  std::size_t max_unpublished_;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Batch*> free_;
  std::deque<State> states_;  // of the batches in flight, in input order
  std::uint64_t first_ = 0;   // sequence of the first of them
  std::size_t unpublished_ = 0;
};

}  // namespace visionshard::engine
