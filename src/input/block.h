// The buffer that input is read into.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace visionshard::input {

/// Memory for input text. Grows by moving pages, not bytes; only pages that were touched are resident.
class Block {
 public:
  Block() = default;
  Block(Block&& other) noexcept;
  Block& operator=(Block&& other) noexcept;
  ~Block();

  /// Grows to at least `capacity` bytes and keeps the content. Throws std::bad_alloc.
  void reserve(std::size_t capacity);
  /// Gives pages beyond `capacity` back to the system.
  void shrink(std::size_t capacity) noexcept;

  std::byte* data() noexcept { return data_; }
  const std::byte* data() const noexcept { return data_; }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace visionshard::input
