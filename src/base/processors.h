#pragma once

namespace visionshard {

/// As many as this process may use, which cgroups and taskset can make fewer than the machine has; at least 1.
unsigned usable_processors() noexcept;

}  // namespace visionshard
