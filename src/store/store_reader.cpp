#include "store/store_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/record_file.h"
#include "store/merged_log.h"
#include "store/store_directory.h"

namespace visionshard::store {
namespace {

constexpr std::uint64_t min_stride = 64;
constexpr std::uint64_t max_first_keys = 1 << 20;
// Of 1024 descriptors that a process may have.
constexpr std::size_t max_open_segments = 256;

// In the order of keys.
std::uint64_t first_of(const UrlKey& key) noexcept {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < 8; ++i) first = first << 8 | key[i];
  return first;
}

template <class Record>
RunResult<std::size_t> read_records(int fd, Record* out, std::uint64_t first, std::size_t count,
                                    const std::string& path) {
  const auto got = VISIONSHARD_TRY(
      read_at(fd, reinterpret_cast<std::byte*>(out), count * sizeof(Record), first * sizeof(Record), path));
  if (got != count * sizeof(Record)) return run_fault(path + ": became shorter");
  return count;
}

}  // namespace

RunResult<std::unique_ptr<StoreReader>> StoreReader::open(const std::string& directory) {
  std::unique_ptr<StoreReader> reader(new StoreReader(directory));
  const StorePaths& paths = reader->paths_;
  VISIONSHARD_TRY(check_store(paths));
  auto seal = VISIONSHARD_TRY(read_seal(paths));
  if (!seal)
    return run_fault(fmt::format("{}: the store is not sealed; complete it with visionshard fetch INPUT... --store {}, "
                                 "which tries again what is missing, or with --accept-failures as it is",
                                 directory, directory),
                     RunStatus::not_ready);
  reader->seal_ = std::move(*seal);
  reader->segments_.resize(reader->seal_.segments.size());
  VISIONSHARD_TRY(reader->read_index());
  reader->places_ = VISIONSHARD_TRY(open_file(paths.places(), reader->seal_.urls * sizeof(PlaceRecord)));
  return reader;
}

RunResult<void> StoreReader::read_index() {
  const std::string path = paths_.index();
  const std::uint64_t count = seal_.urls;
  index_ = VISIONSHARD_TRY(open_file(path, count * sizeof(IndexRecord)));
  stride_ = std::max(min_stride, std::bit_ceil((count + max_first_keys - 1) / max_first_keys));
  Xxh128 digest;
  std::uint64_t body_bytes = 0;
  std::vector<IndexRecord> records(819);  // 64 KiB
  for (std::uint64_t at = 0; at < count; at += records.size()) {
    records.resize(std::min<std::uint64_t>(records.size(), count - at));
    VISIONSHARD_TRY(read_records(index_.get(), records.data(), at, records.size(), path));
    digest.update(std::as_bytes(std::span(records)));
    for (const IndexRecord& record : records) body_bytes += record.bytes;
    for (std::uint64_t i = (at + stride_ - 1) / stride_ * stride_; i < at + records.size(); i += stride_)
      first_keys_.push_back(first_of(records[i - at].key));
  }
  if (hexadecimal(digest.finish()) != seal_.index_xxh128)
    return run_fault(path +
                     ": is damaged: it is not the index that seal.json describes; copy the store again, or seal "
                     "it again with visionshard fetch");
  mean_body_bytes_ = seal_.fetched > 0 ? body_bytes / seal_.fetched : 0;
  return {};
}

RunResult<std::optional<StoredUrl>> StoreReader::find(const UrlKey& key) const {
  // All records whose key begins with these 8 bytes stand from the last smaller entry on, and before the first larger.
  const std::uint64_t first = first_of(key);
  const auto lower = std::lower_bound(first_keys_.begin(), first_keys_.end(), first);
  const auto upper = std::upper_bound(lower, first_keys_.end(), first);
  const auto number = [&](auto entry) { return static_cast<std::uint64_t>(entry - first_keys_.begin()) * stride_; };
  std::uint64_t begin = lower == first_keys_.begin() ? 0 : number(lower - 1);
  const std::uint64_t end = std::min(number(upper), seal_.urls);
  std::vector<IndexRecord> records;
  for (; begin < end; begin += records.size()) {
    records.resize(std::min(end - begin, stride_));
    VISIONSHARD_TRY(read_records(index_.get(), records.data(), begin, records.size(), paths_.index()));
    const auto found = std::lower_bound(records.begin(), records.end(), key,
                                        [](const IndexRecord& record, const UrlKey& k) { return record.key < k; });
    if (found == records.end()) continue;
    if (found->key != key) break;
    StoredUrl url;
    url.failure = VISIONSHARD_TRY(failure_of(found->outcome));
    url.status = found->status;
    url.bytes = found->bytes;
    url.sha256 = found->sha256;
    url.number = begin + static_cast<std::uint64_t>(found - records.begin());
    VISIONSHARD_TRY(read_records(places_.get(), &url.place, url.number, 1, paths_.places()));
    return std::optional(url);
  }
  return std::optional<StoredUrl>();
}

RunResult<std::shared_ptr<FileDescriptor>> StoreReader::segment(std::uint32_t index) const {
  const std::lock_guard lock(mutex_);
  if (index >= segments_.size())
    return run_fault(paths_.places() + ": is damaged: it names a segment that is not there");
  if (segments_[index]) return segments_[index];
  const std::string path = paths_.segment(seal_.segments[index]);
  auto file = std::make_shared<FileDescriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) return system_fault(path, "open", errno);
  if (open_segments_ < max_open_segments) {
    ++open_segments_;
    segments_[index] = file;
  }
  return file;
}

RunResult<void> StoreReader::read(const StoredUrl& found, std::byte* out) const {
  const auto file = VISIONSHARD_TRY(segment(found.place.segment));
  const std::string path = paths_.segment(seal_.segments[found.place.segment]);
  const auto got = VISIONSHARD_TRY(read_at(file->get(), out, found.bytes, found.place.offset, path));
  Xxh128 digest;
  digest.update({out, got});
  if (got == found.bytes && digest.finish() == found.place.xxh128) return {};
  return run_fault(
      fmt::format("{}: the {} bytes at {} are not those that were stored; visionshard fetch --verify lists "
                  "what is damaged; copy the store again",
                  path, found.bytes, found.place.offset));
}

}  // namespace visionshard::store
