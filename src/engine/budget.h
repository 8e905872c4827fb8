// Bytes in flight, reserved before they are allocated.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace visionshard::engine {

/// Reading ahead may take three eighths, so that an image that is its batch's next always finds the rest or waits for
/// memory that older work is about to give back. Thread-safe.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes) noexcept : bytes_(bytes), read_bytes_(bytes / 8 * 3) {}

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t read_share() const noexcept { return read_bytes_; }
  /// What text may still take; 0 where nothing.
  std::uint64_t left_for_text() const noexcept { return read_bytes_ - std::min(read_bytes_, text_.load()); }
  void take_text(std::uint64_t bytes) noexcept { text_ += bytes; }
  void give_text(std::uint64_t bytes) noexcept { text_ -= bytes; }

  bool fits_image(std::uint64_t bytes) const noexcept { return images_.load() + text_.load() + bytes <= bytes_; }
  void take_image(std::uint64_t bytes) noexcept { images_ += bytes; }
  void give_image(std::uint64_t bytes) noexcept { images_ -= bytes; }

 private:
  std::uint64_t bytes_;
  std::uint64_t read_bytes_;
  std::atomic<std::uint64_t> text_{0};
  std::atomic<std::uint64_t> images_{0};
};

}  // namespace visionshard::engine
