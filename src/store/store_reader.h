// Reads a sealed store.
#pragma once

#include <visionshard/fault.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "store/store_index.h"

namespace visionshard::store {

/// What a store has of a URL.
struct StoredUrl {
  std::optional<FaultCode> failure;  // nothing where it was fetched
  std::uint16_t status = 0;          // of HTTP, of a failure that is not transient
  std::uint64_t bytes = 0;           // of the body; the rest is where it is and how it came
  Sha256::Digest sha256{};
  PlaceRecord place;
  std::uint64_t number = 0;  // of its record in the index
};

/// Thread-safe once it is open. Memory does not grow with the store: 8 MB at most.
class StoreReader {
 public:
  /// Reads the whole index once and compares it with the digest in its seal. Faults: refused where the directory holds
  /// no store; not_ready where the store is not sealed; a file is damaged.
  static RunResult<std::unique_ptr<StoreReader>> open(const std::string& directory);

  /// The digest of the index, 32 lower-case digits: two stores with the same one give the same bytes.
  const std::string& index_xxh128() const noexcept { return seal_.index_xxh128; }
  std::uint64_t urls() const noexcept { return seal_.urls; }
  /// Of the bodies; 0 where there are none.
  std::uint64_t mean_body_bytes() const noexcept { return mean_body_bytes_; }

  /// Nothing where the store does not know the URL. Fault: the disk fails.
  RunResult<std::optional<StoredUrl>> find(const UrlKey& key) const;

  /// Reads the body of a URL that was fetched into `out`, which has found.bytes bytes. Fault: it is not the body that
  /// was stored.
  RunResult<void> read(const StoredUrl& found, std::byte* out) const;

 private:
  explicit StoreReader(const std::string& directory) : paths_(directory) {}

  RunResult<void> read_index();
  RunResult<std::shared_ptr<FileDescriptor>> segment(std::uint32_t index) const;

  StorePaths paths_;
  Seal seal_;
  FileDescriptor index_, places_;
  std::uint64_t mean_body_bytes_ = 0;
  std::uint64_t stride_ = 0;               // records from one of first_keys_ to the next
  std::vector<std::uint64_t> first_keys_;  // the first 8 bytes of the key of every stride_th record
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<FileDescriptor>> segments_;  // those that are open
  mutable std::size_t open_segments_ = 0;
};

}  // namespace visionshard::store
