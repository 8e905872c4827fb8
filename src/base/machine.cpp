#include "base/machine.h"

#include <unistd.h>

#include <algorithm>

#include "base/cgroup.h"
#include "base/processors.h"

namespace visionshard {

Machine machine_for(unsigned threads, std::uint64_t memory_bytes) {
  const std::uint64_t ram = std::min(
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE)),
      own_cgroup_limits().memory_bytes);
  return {threads > 0 ? threads : usable_processors(),
          memory_bytes > 0 ? memory_bytes : std::min<std::uint64_t>(ram / 4, 2ull << 30)};
}

// A block of 1 MiB stays in the second-level cache from reading to its last use; a small budget must hold several.
std::size_t text_block_bytes(std::uint64_t memory_bytes) {
  return std::clamp<std::size_t>(memory_bytes / 64, 64 << 10, 1 << 20);
}

}  // namespace visionshard
