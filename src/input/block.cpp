#include "input/block.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/bytes.h"

namespace visionshard::input {
namespace {

constexpr std::size_t page = 4096;
std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

}  // namespace

Block::Block(Block&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}

Block& Block::operator=(Block&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

Block::~Block() {
  if (data_ != nullptr) ::munmap(data_, capacity_);
}

void Block::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  // Untouched memory costs nothing, and pages of 2 MiB need space beyond the bytes that are read.
  capacity = whole_pages(std::max(capacity, 16 * capacity_));
  void* grown = data_ == nullptr ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                 : ::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE);
  if (grown == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(grown);
  capacity_ = capacity;
  advise_huge_pages(data_, capacity_);
}

void Block::shrink(std::size_t capacity) noexcept {
  capacity = whole_pages(capacity);
  if (capacity >= capacity_) return;
  if (::munmap(data_ + capacity, capacity_ - capacity) == 0) capacity_ = capacity;
}

}  // namespace visionshard::input
