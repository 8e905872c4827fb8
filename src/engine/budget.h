// Bytes in flight, reserved before they are allocated, and those that wait to be used again.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace visionshard::engine {

/// Text may take three quarters at most, and no more than images leave. An image that waits then either fits into the
/// rest, or waits for memory that older batches will release. Idle memory gives way to both. Thread-safe.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes) noexcept : bytes_(bytes), read_bytes_(bytes / 4 * 3) {}

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t read_share() const noexcept { return read_bytes_; }
  /// How much more text may take, beside the images.
  std::uint64_t left_for_text() const noexcept {
    const std::uint64_t text = text_, taken = text + images_;
    return std::min(read_bytes_ - std::min(read_bytes_, text), bytes_ - std::min(bytes_, taken));
  }
  void reserve_text(std::uint64_t bytes) noexcept { text_ += bytes; }
  void release_text(std::uint64_t bytes) noexcept { text_ -= bytes; }

  /// How much more there is than the budget with an image of so many bytes.
  std::uint64_t excess_bytes(std::uint64_t image_bytes = 0) const noexcept {
    const std::uint64_t all = images_ + text_ + idle_ + image_bytes;
    return all - std::min(all, bytes_);
  }
  bool fits_image(std::uint64_t bytes) const noexcept { return excess_bytes(bytes) == 0; }
  void reserve_image(std::uint64_t bytes) noexcept { images_ += bytes; }
  void release_image(std::uint64_t bytes) noexcept { images_ -= bytes; }

  std::uint64_t idle_bytes() const noexcept { return idle_; }
  void reserve_idle(std::uint64_t bytes) noexcept { idle_ += bytes; }
  void release_idle(std::uint64_t bytes) noexcept { idle_ -= bytes; }

 private:
  std::uint64_t bytes_;
  std::uint64_t read_bytes_;
  std::atomic<std::uint64_t> text_{0};
  std::atomic<std::uint64_t> images_{0};
  std::atomic<std::uint64_t> idle_{0};
};

}  // namespace visionshard::engine
