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

/// The tightest of this process's control groups and those above them (Linux, cgroup-v2.rst: cpu.max, memory.max; in
/// version 1 cpu.cfs_quota_us, memory.limit_in_bytes). What cannot be read limits nothing. Throws std::bad_alloc.
CgroupLimits cgroup_limits(const std::string& groups_path = "/proc/self/cgroup",
                           const std::string& root = "/sys/fs/cgroup");

}  // namespace visionshard
