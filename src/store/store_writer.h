// Adds the outcomes of URLs to a store. After a crash at any instant the store can be opened again and continued.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "store/body_buffer.h"
#include "store/paths.h"
#include "store/segment_writer.h"
#include "store/url_record.h"

namespace visionshard::store {

struct StoreWriterOptions {
  Durability durability = Durability::synced;
  std::uint64_t max_segment_bytes = 1 << 30;
  // Records wait until their bodies are on the disk, and are written together. A crash costs those that wait.
  std::size_t max_waiting_records = 256;
  std::uint64_t max_waiting_bytes = 32 << 20;
  std::chrono::milliseconds max_wait{100};
};

/// What open() found of earlier runs of its task.
struct StoreRecovery {
  std::uint64_t records = 0;
  std::uint64_t cut_bytes = 0;  // of the log: a record that a crash cut off
};

/// Not thread-safe. One process at a time writes for a task; tasks are independent of each other.
class StoreWriter {
 public:
  /// Makes the store where it is not there. `task` names the log and the segments: letters, digits, ".", "_" and "-".
  /// Cuts off what a crash left of the task. Faults: refused where the directory holds other things, or another process
  /// writes for the task or seals the store; the disk fails.
  static RunResult<StoreWriter> open(const std::string& directory, const std::string& task,
                                     const StoreWriterOptions& options = {});

  StoreWriter(StoreWriter&&) = default;
  StoreWriter& operator=(StoreWriter&&) = default;

  const StoreRecovery& recovery() const noexcept { return recovery_; }
  const StorePaths& paths() const noexcept { return paths_; }

  /// Records that are added from here on count more than those of any task up to `time_ms`, whose clock may have been
  /// ahead of this machine's.
  void begin_after(std::uint64_t time_ms) noexcept;

  /// Adds a URL that was fetched, with its bytes; fills in record.body. `body` is cleared. A sealed store is open again
  /// from here on. record.time_ms is raised to that of the record before, so that the last one counts.
  RunResult<void> add(UrlRecord record, BodyBuffer& body);
  /// Adds a URL that failed, or one whose bytes are in the store already: record.body names them.
  RunResult<void> add(UrlRecord record);

  /// Writes the records that wait; bodies are synced before the first of them is written.
  RunResult<void> sync();
  /// The same where the first of them has waited for StoreWriterOptions::max_wait. To be called now and then.
  RunResult<void> sync_if_due();
  /// Ends the task's work: sync(), and the locks are given up.
  RunResult<void> close();

 private:
  // A body of this task that is in the store, to store no equal one again.
  struct KnownBody {
    Sha256::Digest sha256{};
    std::uint64_t bytes = 0;
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };

  StoreWriter() : paths_("") {}

  RunResult<void> recover(const std::string& task);
  RunResult<void> take_locks(const std::string& task);
  RunResult<void> append_body(const BodyBuffer& body, StoredBody& stored);
  RunResult<void> unseal();
  KnownBody& slot_of(const Sha256::Digest& sha256);

  StorePaths paths_;
  std::string task_;
  StoreWriterOptions options_;
  StoreRecovery recovery_;
  FileDescriptor store_lock_;
  FileDescriptor log_;
  std::uint64_t log_bytes_ = 0;
  std::uint64_t last_time_ms_ = 0;
  bool may_be_sealed_ = true;
  SegmentWriter segments_;
  std::vector<KnownBody> known_bodies_;
  std::string waiting_;  // lines of the log
  std::size_t waiting_records_ = 0;
  std::uint64_t waiting_bytes_ = 0;
  std::chrono::steady_clock::time_point waiting_since_;
};

}  // namespace visionshard::store
