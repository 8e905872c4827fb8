// The unit of work of the engine: a block of lines, and the images in it that must be converted.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tsan_fence.h"
#include "input/block_reader.h"

namespace visionshard::engine {

/// Everything that the result of a conversion depends on.
struct ImageKey {
  std::array<std::uint64_t, 2> hash{};  // of the image's bytes, keyed with a secret of the run
  std::uint64_t bytes = 0;              // the size of the image
  std::uint32_t variant = 0;            // distinguishes results that a processor makes of equal bytes

  bool operator==(const ImageKey&) const = default;
};

/// An image that must be converted before its batch is complete.
struct PendingImage {
  ImageKey key;
  std::uint64_t need_bytes = 0;      // memory that its conversion takes, as a rule
  std::uint64_t max_need_bytes = 0;  // and at most
};

/// Each processor derives its own class, which adds the state of the lines.
class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  virtual ~Batch() = default;

  /// Prepares for the next block: releases results, keeps buffers.
  virtual void clear() {
    kept_bytes = 0;
    pending.clear();
    next_pending = 0;
    unfinished = 0;
  }

  std::uint64_t sequence = 0;  // in the order of the input
  input::TextBlock text;
  // Filled by BatchProcessor::parse.
  std::uint64_t kept_bytes = 0;  // memory in use, besides the text, until the batch is written
  std::vector<PendingImage> pending;

  // Used by the engine alone.
  std::size_t next_pending = 0;  // the first that is not yet admitted
  std::atomic<std::uint32_t> unfinished{0};
  std::uint64_t reserved_bytes = 0;  // charged to the budget for text
  TsanFence fence;                   // orders one node before the next
};

/// One pending image: an index into Batch::pending.
struct ImageWork {
  Batch* batch = nullptr;
  std::size_t index = 0;
  bool has_max = false;  // max_need_bytes are reserved for it, not just need_bytes

  std::uint64_t reserved_bytes() const noexcept {
    const PendingImage& image = batch->pending[index];
    return has_max ? image.max_need_bytes : image.need_bytes;
  }
  /// Whether a conversion that made nothing is to be tried again with more memory.
  bool can_grow() const noexcept {
    return !has_max && batch->pending[index].max_need_bytes > batch->pending[index].need_bytes;
  }
};

}  // namespace visionshard::engine
