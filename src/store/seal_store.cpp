#include "store/seal_store.h"

#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/atomic_file.h"
#include "base/record_file.h"
#include "store/store_directory.h"

namespace visionshard::store {
namespace {

IndexRecord index_record(const MergedRecord& merged) {
  IndexRecord record;
  record.key = merged.key;
  record.outcome = merged.outcome;
  record.sha256 = merged.sha256;
  record.bytes = merged.bytes;
  if (!merged.is_fetched() && merged.transient == 0) record.status = merged.status;
  return record;
}

PlaceRecord place_record(const MergedRecord& merged) {
  PlaceRecord record;
  record.xxh128 = merged.xxh128;
  record.offset = merged.offset;
  record.segment = merged.segment;
  record.elapsed_ms = merged.elapsed_ms;
  record.redirects = merged.redirects;
  return record;
}

// RecordWriter makes no file of no records.
RunResult<void> rename_into_place(const std::string& from, const std::string& to, bool is_empty) {
  if (is_empty) {
    auto made = VISIONSHARD_TRY(create_file(from));
    if (const int error = made.close()) return system_fault(from, "write", error);
  }
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_fault(to, "rename into place", errno);
  return {};
}

RunResult<void> remove_if_there(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_fault(path, "remove", errno);
  return {};
}

}  // namespace

RunResult<SealOutcome> seal_store(const std::string& directory, const SealOptions& options,
                                  const KeepRunning& keep_running) {
  const StorePaths paths(directory);
  VISIONSHARD_TRY(check_store(paths));
  const auto lock = VISIONSHARD_TRY(
      lock_file(paths.lock(), LOCK_EX, directory + ": a task is writing to the store; seal it when all have ended"));
  const std::string index_path = paths.index() + ".partial", places_path = paths.places() + ".partial";
  RecordWriter<IndexRecord> index(index_path);
  RecordWriter<PlaceRecord> places(places_path);
  SealOutcome outcome;
  Seal& seal = outcome.seal;
  auto names = merge_logs(
      paths, paths.base + "/sorting",
      [&](const MergedRecord& merged) -> RunResult<void> {
        ++seal.urls;
        seal.fetched += merged.is_fetched();
        seal.transient += merged.transient;
        const auto failure = VISIONSHARD_TRY(failure_of(merged.outcome));
        if (failure) ++outcome.failures[*failure];
        VISIONSHARD_TRY(index.add(index_record(merged)));
        return places.add(place_record(merged));
      },
      keep_running);
  const bool seals = names && (seal.transient == 0 || options.transient == TransientFailures::accepted);
  if (!seals) {
    VISIONSHARD_TRY(remove_if_there(index_path));
    VISIONSHARD_TRY(remove_if_there(places_path));
    if (!names) return tl::unexpected(std::move(names).error());
    return outcome;
  }
  seal.segments = std::move(names->segments);
  const FileDigest index_digest = VISIONSHARD_TRY(index.finish(options.durability));
  const FileDigest places_digest = VISIONSHARD_TRY(places.finish(options.durability));
  seal.index_xxh128 = index_digest.xxh128;
  seal.places_xxh128 = places_digest.xxh128;
  // Between the renames the old seal would stand beside new files.
  VISIONSHARD_TRY(remove_if_there(paths.seal()));
  if (options.durability == Durability::synced) VISIONSHARD_TRY(sync_directory(paths.base));
  VISIONSHARD_TRY(rename_into_place(index_path, paths.index(), seal.urls == 0));
  VISIONSHARD_TRY(rename_into_place(places_path, paths.places(), seal.urls == 0));
  if (options.durability == Durability::synced) VISIONSHARD_TRY(sync_directory(paths.base));
  VISIONSHARD_TRY(write_file_atomically(paths.seal(), seal_text(seal), options.durability));
  outcome.sealed = true;
  return outcome;
}

}  // namespace visionshard::store
