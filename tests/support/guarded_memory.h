// Memory between two inaccessible pages, so that one byte too far is a crash.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace visionshard::test {

class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t limit_bytes)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), usable_((limit_bytes + page_ - 1) / page_ * page_) {
    void* mapped = mmap(nullptr, usable_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::abort();
    mapped_ = static_cast<char*>(mapped);
    if (mprotect(mapped_ + page_, usable_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() { munmap(mapped_, usable_ + 2 * page_); }

  /// The first bytes: an inaccessible page right before them.
  char* first() const { return mapped_ + page_; }

  /// The last size bytes: an inaccessible page right after them.
  char* last(std::size_t size) const {
    if (size > usable_) std::abort();
    return mapped_ + page_ + usable_ - size;
  }

 private:
  std::size_t page_;
  std::size_t usable_;
  char* mapped_;
};

}  // namespace visionshard::test
