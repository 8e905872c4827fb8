// Bytes in flight, reserved before they are allocated.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace visionshard::engine {

/// Text may take half at most. An image that waits then either fits into the rest, or waits for memory that
/// older batches will release. Thread-safe.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes) noexcept : bytes_(bytes), read_bytes_(bytes / 2) {}

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t read_share() const noexcept { return read_bytes_; }
  /// How much more text may take.
  std::uint64_t left_for_text() const noexcept { return read_bytes_ - std::min(read_bytes_, text_.load()); }
  void reserve_text(std::uint64_t bytes) noexcept { text_ += bytes; }
  void release_text(std::uint64_t bytes) noexcept { text_ -= bytes; }

  bool fits_image(std::uint64_t bytes) const noexcept { return images_.load() + text_.load() + bytes <= bytes_; }
  void reserve_image(std::uint64_t bytes) noexcept { images_ += bytes; }
  void release_image(std::uint64_t bytes) noexcept { images_ -= bytes; }

 private:
  std::uint64_t bytes_;
  std::uint64_t read_bytes_;
  std::atomic<std::uint64_t> text_{0};
  std::atomic<std::uint64_t> images_{0};
};

}  // namespace visionshard::engine
