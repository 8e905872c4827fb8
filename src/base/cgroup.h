// What a container or a scheduler leaves this process of the machine.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace visionshard {

struct CgroupLimits {
  double processors = std::numeric_limits<double>::infinity();
  std::uint64_t memory_bytes = UINT64_MAX;
};

/// The tightest of the groups that the file `groups_path` lists (proc(5): /proc/PID/cgroup) and those above them, whose
/// folders are below `root` (Linux, cgroup-v2.rst: cpu.max, memory.max; in version 1 cpu.cfs_quota_us,
/// memory.limit_in_bytes). What cannot be read limits nothing. Throws std::bad_alloc.
CgroupLimits cgroup_limits(const std::string& groups_path, const std::string& root);

/// Those of this process when first asked for. Thread-safe. Throws std::bad_alloc.
const CgroupLimits& own_cgroup_limits();

}  // namespace visionshard
