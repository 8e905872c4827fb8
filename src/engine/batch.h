// What travels through the engine: a block of lines, and what in it still needs memory and time of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tsan_fence.h"
#include "input/block_reader.h"

namespace visionshard::engine {

/// What the result of a conversion depends on.
struct ImageKey {
  std::array<std::uint64_t, 2> hash{};  // of the image's bytes, keyed with a secret of the run
  std::uint64_t bytes = 0;              // how many these are
  std::uint32_t variant = 0;            // what else the processor makes of equal bytes

  bool operator==(const ImageKey&) const = default;
};

/// An image that must be converted before its batch can go on.
struct PendingImage {
  ImageKey key;
  std::uint64_t need_bytes = 0;  // memory that its conversion takes
};

/// A processor derives its own, with what it knows of the lines.
class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  virtual ~Batch() = default;

  /// Makes it ready for the next block: lets results go, keeps the memory for lines.
  virtual void clear() {
    kept_bytes = 0;
    pending.clear();
    next_pending = 0;
    unfinished = 0;
  }

  std::uint64_t sequence = 0;  // in the order of the input
  input::TextBlock text;
  // Filled by BatchProcessor::parse.
  std::uint64_t kept_bytes = 0;  // memory beside the text until the batch is written
  std::vector<PendingImage> pending;

  // The engine's own.
  std::size_t next_pending = 0;  // the first that is not yet admitted
  std::atomic<std::uint32_t> unfinished{0};
  std::uint64_t reserved_bytes = 0;  // of the budget's share for text
  TsanFence fence;                   // from one node to the next
};

/// One pending image: an index into Batch::pending.
struct ImageWork {
  Batch* batch = nullptr;
  std::size_t index = 0;
};

}  // namespace visionshard::engine
