#include "cli/freed_memory.h"

#include <malloc.h>

#include <algorithm>

#include "base/machine.h"

namespace visionshard::cli {
namespace {

constexpr std::uint64_t min_kept_bytes = 1 << 20, max_kept_bytes = 16 << 20;

}  // namespace

// malloc maps large pictures, so that their pages return to the system when they are freed and the peak stays bounded.
// A threshold of 1 MiB also maps ordinary pictures: their page faults took a fifth of a converting run. The default
// threshold grows by itself.
void limit_freed_memory() noexcept {
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, max_kept_bytes);
}

void limit_freed_memory(unsigned threads, std::uint64_t memory_bytes) {
  const Machine machine = machine_for(threads, memory_bytes);
  const std::uint64_t kept = std::clamp(machine.memory_bytes / 8 / machine.threads, min_kept_bytes, max_kept_bytes);
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kept));
}

}  // namespace visionshard::cli
