#include "base/bytes.h"

#include <sys/mman.h>

#include <cstdint>

namespace visionshard {

void advise_huge_pages(void* data, std::size_t bytes) noexcept {
  constexpr std::size_t worth_it = 4 << 20, page = 4096;
  if (bytes < worth_it) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (begin + page - 1) / page * page, last = (begin + bytes) / page * page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): madvise takes whole pages, whose addresses are computed as integers.
  ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace visionshard
