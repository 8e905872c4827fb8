#include "store/verify_store.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/file_digest.h"
#include "base/xxh128.h"
#include "store/log_reader.h"
#include "store/store_directory.h"
#include "store/store_reader.h"

namespace visionshard::store {
namespace {

namespace fs = std::filesystem;

// Keeps the segment that was read last: a task's log names its segments in order.
class BodyVerifier {
 public:
  explicit BodyVerifier(const StorePaths& paths) : paths_(paths), piece_(1 << 20) {}

  /// What is wrong with the body; empty where nothing is.
  RunResult<std::string> verify(const StoredBody& body) {
    const std::string path = paths_.segment(body.segment);
    if (path != path_) {
      file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      path_ = path;
    }
    if (!file_) return path + ": is not there";
    for (std::uint64_t done = 0; done < body.bytes;) {
      const std::size_t wanted = std::min<std::uint64_t>(piece_.size(), body.bytes - done);
      const auto got = VISIONSHARD_TRY(read_at(file_.get(), piece_.data(), wanted, body.offset + done, path));
      sha256_.update({piece_.data(), got});
      xxh128_.update({piece_.data(), got});
      done += got;
      if (got < wanted) break;
    }
    const bool same = sha256_.finish() == body.sha256;
    const bool same_xxh128 = xxh128_.finish() == body.xxh128;
    if (same && same_xxh128) return std::string();
    return fmt::format("{}: the {} bytes at {} are not those that were stored", path, body.bytes, body.offset);
  }

 private:
  const StorePaths& paths_;
  std::string path_;
  FileDescriptor file_;
  Bytes piece_;
  Sha256 sha256_;
  Xxh128 xxh128_;
};

// Which records of a sealed store's index are in its logs.
class IndexCoverage {
 public:
  explicit IndexCoverage(std::unique_ptr<StoreReader> index) : index_(std::move(index)), is_in_log_(index_->urls()) {}

  RunResult<void> add(const UrlRecord& record) {
    const auto found = VISIONSHARD_TRY(index_->find(record.key));
    if (found && is_of(record, *found)) is_in_log_[found->number] = true;
    return {};
  }
  std::uint64_t missing() const { return static_cast<std::uint64_t>(std::ranges::count(is_in_log_, false)); }
  std::uint64_t urls() const noexcept { return index_->urls(); }

 private:
  // Whether the index was made of it: a URL can have failed before it was fetched.
  static bool is_of(const UrlRecord& record, const StoredUrl& found) {
    if (record.failure != found.failure) return false;
    return !record.body || (record.body->sha256 == found.sha256 && record.body->offset == found.place.offset);
  }

  std::unique_ptr<StoreReader> index_;
  std::vector<bool> is_in_log_;  // by number
};

RunResult<void> verify_log(const std::string& path, BodyVerifier& verifier, IndexCoverage* coverage,
                           StoreVerification& found, const OnDamagedBody& on_damaged, const KeepRunning& keep_running) {
  auto log = VISIONSHARD_TRY(LogReader::open(path));
  for (;;) {
    const auto record = VISIONSHARD_TRY(log.next());
    if (!record) return {};
    if (keep_running && !keep_running()) return interrupted();
    ++found.records;
    if (coverage != nullptr) VISIONSHARD_TRY(coverage->add(*record));
    if (!record->body) continue;
    ++found.bodies;
    found.bytes += record->body->bytes;
    const auto detail = VISIONSHARD_TRY(verifier.verify(*record->body));
    if (detail.empty()) continue;
    ++found.damaged;
    if (on_damaged) on_damaged(*record, detail);
  }
}

}  // namespace

RunResult<StoreVerification> verify_store(const std::string& directory, const OnDamagedBody& on_damaged,
                                          const KeepRunning& keep_running) {
  const StorePaths paths(directory);
  VISIONSHARD_TRY(check_store(paths));
  StoreVerification found;
  std::vector<std::string> logs;
  std::error_code error;
  for (auto it = fs::directory_iterator(paths.logs(), error); !error && it != fs::end(it); it.increment(error))
    if (it->path().extension() == ".jsonl") logs.push_back(it->path().native());
  if (error) return system_fault(paths.logs(), "read the directory", error.value());
  std::sort(logs.begin(), logs.end());
  BodyVerifier verifier(paths);
  const auto seal = VISIONSHARD_TRY(read_seal(paths));
  // Compares the index with its digest. Where it is damaged the logs name what else is.
  RunResult<std::unique_ptr<StoreReader>> index = seal ? StoreReader::open(directory) : nullptr;
  std::optional<IndexCoverage> coverage;
  if (index && *index) coverage.emplace(std::move(*index));
  for (const std::string& path : logs)
    VISIONSHARD_TRY(verify_log(path, verifier, coverage ? &*coverage : nullptr, found, on_damaged, keep_running));
  if (!index) return tl::unexpected(std::move(index.error()));
  if (!seal) return found;
  found.sealed = true;
  if (const std::uint64_t missing = coverage->missing(); missing > 0) {
    found.damaged += missing;
    UrlRecord logs_record;
    logs_record.url = paths.logs();
    if (on_damaged)
      on_damaged(logs_record, fmt::format("{} of the {} URLs that the store was sealed with have no record", missing,
                                          coverage->urls()));
  }
  const auto digests = VISIONSHARD_TRY(file_digests(paths.places(), DigestOption::xxh128, keep_running));
  if (digests.xxh128 != seal->places_xxh128)
    return run_fault(paths.places() +
                     ": is damaged: it is not the file that seal.json describes; seal the store again");
  return found;
}

}  // namespace visionshard::store
