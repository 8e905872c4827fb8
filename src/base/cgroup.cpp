#include "base/cgroup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace visionshard {
namespace {

namespace fs = std::filesystem;

// "max", and what is not there, leave the number as it is; version 1 says -1 for no limit.
template <class Number>
void read_number(std::istream& in, Number& number) {
  if (Number read = 0; in >> read && read > 0) number = read;
}

void take_limits_of(const fs::path& group, CgroupLimits& limits) {
  double quota = 0, period = 0;
  std::ifstream cpu_max(group / "cpu.max");
  read_number(cpu_max, quota);
  read_number(cpu_max, period);
  if (quota == 0) {
    std::ifstream quota_us(group / "cpu.cfs_quota_us"), period_us(group / "cpu.cfs_period_us");
    read_number(quota_us, quota);
    read_number(period_us, period);
  }
  if (quota > 0 && period > 0) limits.processors = std::min(limits.processors, quota / period);
  for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
    std::uint64_t bytes = UINT64_MAX;
    std::ifstream memory(group / name);
    read_number(memory, bytes);
    limits.memory_bytes = std::min(limits.memory_bytes, bytes);
  }
}

}  // namespace

CgroupLimits cgroup_limits(const std::string& groups_path, const std::string& root) {
  CgroupLimits limits;
  std::ifstream groups(groups_path);
  // "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const fs::path base = fs::path(root) / line.substr(first + 1, second - first - 1);
    // Inside a container the path may be one that only the host knows; the folder on top is the container's then.
    for (fs::path path = fs::path(line.substr(second + 1)).relative_path();; path = path.parent_path()) {
      take_limits_of(base / path, limits);
      if (path.empty()) break;
    }
  }
  return limits;
}

}  // namespace visionshard
