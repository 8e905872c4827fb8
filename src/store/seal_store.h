// Seals a store: sorts what its tasks wrote into the index that conversions read.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/keep_running.h"
#include "store/merged_log.h"
#include "store/store_index.h"

namespace visionshard::store {

/// Failures that may not happen again: keep the store open for another try, or take them as they are.
enum class TransientFailures : bool { keep_open, accepted };

struct SealOptions {
  TransientFailures transient = TransientFailures::keep_open;
  Durability durability = Durability::synced;
};

struct SealOutcome {
  bool sealed = false;  // false: there are transient failures
  Seal seal;            // its counts; the digests where it is sealed
  std::map<FaultCode, std::uint64_t> failures;
};

/// Writes index.bin, places.bin and, last, seal.json. The index is the same for any number of tasks, any cutting into
/// segments and at any time. Faults: refused while a task writes; a log or a segment is damaged; the disk fails;
/// `keep_running` said no. After a fault the store is as it was, or open.
RunResult<SealOutcome> seal_store(const std::string& directory, const SealOptions& options,
                                  const KeepRunning& keep_running = {});

}  // namespace visionshard::store
