// All tasks' logs as one: the last record of each URL, in the order of keys.
#pragma once

#include <visionshard/fault.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"
#include "store/paths.h"
#include "store/url_record.h"

namespace visionshard::store {

/// How a URL ended, as the files of a store have it.
enum class Outcome : std::uint8_t { fetched, unreachable, status, not_image, too_large, is_private, opted_out };

Outcome outcome_of(const std::optional<FaultCode>& failure) noexcept;
/// Nothing for Outcome::fetched. Fault: `outcome` is none.
RunResult<std::optional<FaultCode>> failure_of(std::uint8_t outcome);

/// A record without its texts.
struct MergedRecord {
  UrlKey key{};
  std::uint64_t time_ms = 0;
  std::uint32_t task = 0;        // an index in MergedLog::tasks
  std::uint32_t segment = 0;     // an index in MergedLog::segments
  std::uint64_t log_offset = 0;  // of the record in its task's log
  Sha256::Digest sha256{};
  Xxh128::Digest xxh128{};
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  // in the segment
  std::uint32_t elapsed_ms = 0;
  std::uint16_t status = 0;
  std::uint16_t redirects = 0;
  std::uint8_t outcome = 0;
  std::uint8_t transient = 0;
  std::uint8_t unused[6] = {};

  bool is_fetched() const noexcept { return outcome == static_cast<std::uint8_t>(Outcome::fetched); }
  /// By key; of one key the last is the one that counts.
  friend bool operator<(const MergedRecord& a, const MergedRecord& b) noexcept;
};

/// Names in byte order.
struct MergedLog {
  std::vector<std::string> tasks;
  std::vector<std::string> segments;
};

/// take(record), which returns RunResult<void>, for each URL of the store, with the names that the records' indices
/// refer to. Sorts on disk, in files that begin with `temporary_path`. Faults: a log or a segment is damaged or cannot
/// be read; `keep_running` said no.
RunResult<MergedLog> merge_logs(const StorePaths& paths, const std::string& temporary_path,
                                const std::function<RunResult<void>(const MergedRecord&)>& take,
                                const KeepRunning& keep_running = {});

/// The whole record of `task`'s log at `offset`. Fault: there is none.
RunResult<UrlRecord> read_record_at(const StorePaths& paths, const std::string& task, std::uint64_t offset);

}  // namespace visionshard::store
