// How far the download into a store has come.
#pragma once

#include <visionshard/fault.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"

namespace visionshard::store {

struct StoreCounts {
  std::vector<std::pair<std::string, std::uint64_t>> tasks;  // those that have begun, and the URLs whose record counts
  std::uint64_t urls = 0;
  std::uint64_t fetched = 0;
  std::uint64_t bytes = 0;      // of the images of all URLs
  std::uint64_t transient = 0;  // failures that may not happen again
  std::map<FaultCode, std::uint64_t> failures;
  bool sealed = false;
};

/// Reads all logs, also while tasks add to them. Sorts in files that begin with `temporary_path` where there are many
/// records. Faults: as merge_logs and check_store.
RunResult<StoreCounts> count_store(const std::string& directory, const std::string& temporary_path,
                                   const KeepRunning& keep_running = {});

}  // namespace visionshard::store
