#include "base/processors.h"

#include <sched.h>

namespace visionshard {

unsigned usable_processors() noexcept {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

}  // namespace visionshard
