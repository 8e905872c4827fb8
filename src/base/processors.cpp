#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>

#include "base/cgroup.h"

namespace visionshard {

unsigned usable_processors() {
  // The kernel refuses a set that is smaller than its own, and cpu_set_t has 1,024.
  constexpr std::size_t most = 1 << 16;
  const auto release = [](cpu_set_t* set) { CPU_FREE(set); };
  const std::unique_ptr<cpu_set_t, decltype(release)> set(CPU_ALLOC(most), release);
  if (!set) throw std::bad_alloc();
  const std::size_t bytes = CPU_ALLOC_SIZE(most);
  const int allowed = ::sched_getaffinity(0, bytes, set.get()) == 0 ? CPU_COUNT_S(bytes, set.get()) : 1;
  return static_cast<unsigned>(std::max(1.0, std::min<double>(allowed, std::ceil(own_cgroup_limits().processors))));
}

}  // namespace visionshard
