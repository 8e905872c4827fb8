#include "base/cgroup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace visionshard {
namespace {

// "max", and what is not there, leave the number as it is; version 1 says -1 for no limit.
template <class Number>
void read_number(std::istream& in, Number& number) {
  if (Number read = 0; in >> read && read > 0) number = read;
}

void limit_processors(double quota_us, double period_us, CgroupLimits& limits) {
  if (quota_us > 0 && period_us > 0) limits.processors = std::min(limits.processors, quota_us / period_us);
}

void limit_memory(const std::string& file, CgroupLimits& limits) {
  std::uint64_t bytes = UINT64_MAX;
  std::ifstream in(file);
  read_number(in, bytes);
  limits.memory_bytes = std::min(limits.memory_bytes, bytes);
}

void take_version_2(const std::string& group, CgroupLimits& limits) {
  double quota_us = 0, period_us = 0;
  std::ifstream cpu_max(group + "/cpu.max");
  read_number(cpu_max, quota_us);
  read_number(cpu_max, period_us);
  limit_processors(quota_us, period_us, limits);
  limit_memory(group + "/memory.max", limits);
}

void take_processors_of_version_1(const std::string& group, CgroupLimits& limits) {
  double quota_us = 0, period_us = 0;
  std::ifstream quota(group + "/cpu.cfs_quota_us"), period(group + "/cpu.cfs_period_us");
  read_number(quota, quota_us);
  read_number(period, period_us);
  limit_processors(quota_us, period_us, limits);
}

bool has(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    const std::string_view first = controllers.substr(0, controllers.find(','));
    if (first == name) return true;
    controllers.remove_prefix(std::min(first.size() + 1, controllers.size()));
  }
  return false;
}

}  // namespace

CgroupLimits cgroup_limits(const std::string& groups_path, const std::string& root) {
  CgroupLimits limits;
  std::ifstream groups(groups_path);
  // "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool cpu = has(controllers, "cpu"), memory = has(controllers, "memory");
    const std::string base = std::filesystem::path(root) / controllers;
    // Inside a container the path may be one that only the host knows; the folder on top is the container's then.
    std::string path = line.substr(second + 1);
    if (path == "/") path.clear();
    for (;; path.erase(path.rfind('/'))) {
      if (controllers.empty()) take_version_2(base + path, limits);
      if (cpu) take_processors_of_version_1(base + path, limits);
      if (memory) limit_memory(base + path + "/memory.limit_in_bytes", limits);
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return limits;
}

const CgroupLimits& own_cgroup_limits() {
  static const CgroupLimits limits = cgroup_limits("/proc/self/cgroup", "/sys/fs/cgroup");
  return limits;
}

}  // namespace visionshard
