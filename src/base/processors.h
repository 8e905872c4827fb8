// How many threads are worth starting.
#pragma once

namespace visionshard {

/// As many as this process may use, which taskset, cpusets and the quota of a control group (rounded up) can make fewer
/// than the machine has; at least 1. Throws std::bad_alloc.
unsigned usable_processors();

}  // namespace visionshard
