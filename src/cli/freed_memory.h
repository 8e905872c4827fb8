// How much freed memory malloc keeps for each thread's next picture instead of giving it back to the system.
#pragma once

#include <cstdint>

namespace visionshard::cli {

/// To be called before there are other threads.
void limit_freed_memory() noexcept;

/// The same for a run on so many threads with a memory budget, where 0 stands for the machine's own: what all threads
/// keep together is an eighth of the budget at most.
void limit_freed_memory(unsigned threads, std::uint64_t memory_bytes);

}  // namespace visionshard::cli
