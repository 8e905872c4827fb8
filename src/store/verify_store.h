// Compares every body of a store with its digests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/keep_running.h"
#include "base/result.h"
#include "store/url_record.h"

namespace visionshard::store {

struct StoreVerification {
  std::uint64_t records = 0;
  std::uint64_t bodies = 0;  // records that name one
  std::uint64_t bytes = 0;   // read
  std::uint64_t damaged = 0;
  bool sealed = false;
};

/// A record whose body is not there, or not the one that was stored, and a sentence that says so. Where records of the
/// index are in no log, `record.url` is the folder of the logs.
using OnDamagedBody = std::function<void(const UrlRecord& record, const std::string& detail)>;

/// Reads all logs, and each body that they name, in their order; of a sealed store also its index, whose URLs must all
/// be in the logs: together they name every body. Faults: a log or the index is damaged or cannot be read;
/// `keep_running` said no. A damaged body or a lost record is no fault: it is counted and reported.
RunResult<StoreVerification> verify_store(const std::string& directory, const OnDamagedBody& on_damaged,
                                          const KeepRunning& keep_running = {});

}  // namespace visionshard::store
