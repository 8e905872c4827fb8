#include "fetch/frontier.h"

#include <algorithm>
#include <filesystem>

namespace visionshard::fetching {
namespace {

constexpr std::size_t spool_buffer_bytes = 1 << 20;

}  // namespace

Frontier::Frontier(store::StorePaths paths, const std::string& task)
    : paths_(std::move(paths)),
      base_(paths_.base + "/fetching-" + task),
      found_(std::make_unique<SortedRuns<Found>>(path(".found"))) {
  remove_files();
}

Frontier::~Frontier() { remove_files(); }

// Also those of a run that was killed.
void Frontier::remove_files() const {
  namespace fs = std::filesystem;
  const std::string prefix = fs::path(base_).filename().string() + ".";
  std::error_code error;
  std::vector<fs::path> files;
  for (auto it = fs::directory_iterator(paths_.base, error); !error && it != fs::end(it); it.increment(error))
    if (it->path().filename().string().starts_with(prefix)) files.push_back(it->path());
  for (const fs::path& file : files) fs::remove(file, error);
}

RunResult<void> Frontier::add(std::string_view url, const store::UrlKey& key, std::uint64_t host) {
  url = store::without_fragment(url);
  Found found;
  found.key = key;
  found.offset = spool_bytes_ + spool_buffer_.size();
  found.bytes = url.size();
  found.host = host;
  spool_buffer_ += url;
  if (spool_buffer_.size() >= spool_buffer_bytes) VISIONSHARD_TRY(flush_spool());
  return found_->add(found);
}

RunResult<void> Frontier::flush_spool() {
  if (!spool_) {
    spool_ = VISIONSHARD_TRY(create_file(path(".urls")));
    // URLs can hold passwords: they are in a file without a name.
    std::error_code ignored;
    std::filesystem::remove(path(".urls"), ignored);
  }
  iovec piece{spool_buffer_.data(), spool_buffer_.size()};
  VISIONSHARD_TRY(write_pieces(spool_.get(), {&piece, 1}, spool_bytes_, path(".urls")));
  spool_bytes_ += spool_buffer_.size();
  spool_buffer_.clear();
  return {};
}

RunResult<std::uint64_t> Frontier::write_known(const KeepRunning& keep_running) {
  RecordWriter<Known> writer(path(".known"));
  const auto names = VISIONSHARD_TRY(store::merge_logs(
      paths_, path(".logs"),
      [&](const store::MergedRecord& merged) {
        newest_ms_ = std::max(newest_ms_, merged.time_ms);
        Known known;
        known.key = merged.key;
        known.record = {merged.task, 0, merged.log_offset};
        known.is_fetched = merged.is_fetched();
        known.is_transient = merged.transient;
        return writer.add(known);
      },
      keep_running));
  prior_tasks_ = names.tasks;
  const FileDigest written = VISIONSHARD_TRY(writer.finish(Durability::none));
  return written.bytes;
}

RunResult<void> Frontier::select(Again again, std::uint64_t known_bytes, SortedRuns<FrontierEntry>& by_host,
                                 const KeepRunning& keep_running) {
  auto reader = VISIONSHARD_TRY(RecordReader<Known>::open(path(".known"), known_bytes));
  const Known* known = VISIONSHARD_TRY(reader.next());
  std::optional<store::UrlKey> last;
  return found_->merge([&](const Found& found) -> RunResult<void> {
    if (keep_running && !keep_running()) return interrupted();
    if (last == found.key) return {};
    last = found.key;
    ++counts_.urls;
    while (known != nullptr && known->key < found.key) known = VISIONSHARD_TRY(reader.next());
    const bool is_known = known != nullptr && known->key == found.key;
    const bool is_kept = again == Again::transient_failures ? is_known && known->is_transient == 0
                         : again == Again::failures         ? is_known && known->is_fetched != 0
                                                            : false;
    if (is_kept) {
      ++counts_.known;
      counts_.known_failures += known->is_fetched == 0;
      return {};
    }
    ++counts_.to_fetch;
    FrontierEntry entry;
    entry.host = found.host;
    entry.offset = found.offset;
    entry.bytes = found.bytes;
    if (is_known && known->is_fetched != 0) entry.prior = known->record;
    return by_host.add(entry);
  });
}

RunResult<void> Frontier::write_hosts(SortedRuns<FrontierEntry>& by_host, const KeepRunning& keep_running) {
  RecordWriter<FrontierEntry> entries(path(".entries"));
  SortedRuns<HostEntries> by_size(path(".sizes"));
  HostEntries host;
  std::uint64_t number = 0;
  const auto take = [&](const FrontierEntry& entry) -> RunResult<void> {
    if (keep_running && !keep_running()) return interrupted();
    if (host.urls > 0 && host.host != entry.host) {
      VISIONSHARD_TRY(by_size.add(host));
      host.urls = 0;
    }
    if (host.urls++ == 0) host.first = number;
    host.host = entry.host;
    ++number;
    return entries.add(entry);
  };
  VISIONSHARD_TRY(by_host.merge(take));
  if (host.urls > 0) VISIONSHARD_TRY(by_size.add(host));
  const FileDigest written = VISIONSHARD_TRY(entries.finish(Durability::none));
  RecordWriter<HostEntries> hosts(path(".hosts"));
  VISIONSHARD_TRY(by_size.merge([&](const HostEntries& next) {
    ++counts_.hosts;
    return hosts.add(next);
  }));
  const FileDigest host_file = VISIONSHARD_TRY(hosts.finish(Durability::none));
  if (written.bytes > 0) entries_ = VISIONSHARD_TRY(open_file(path(".entries"), written.bytes));
  host_bytes_ = host_file.bytes;
  hosts_ = VISIONSHARD_TRY(RecordReader<HostEntries>::open(path(".hosts"), host_bytes_));
  return {};
}

RunResult<void> Frontier::finish(Again again, const KeepRunning& keep_running) {
  VISIONSHARD_TRY(flush_spool());
  const std::uint64_t known_bytes = VISIONSHARD_TRY(write_known(keep_running));
  SortedRuns<FrontierEntry> by_host(path(".by-host"));
  VISIONSHARD_TRY(select(again, known_bytes, by_host, keep_running));
  found_.reset();
  return write_hosts(by_host, keep_running);
}

RunResult<std::vector<HostEntries>> Frontier::largest_hosts(std::size_t count) const {
  auto reader = VISIONSHARD_TRY(RecordReader<HostEntries>::open(path(".hosts"), host_bytes_));
  std::vector<HostEntries> hosts;
  while (hosts.size() < count) {
    const HostEntries* const host = VISIONSHARD_TRY(reader.next());
    if (host == nullptr) break;
    hosts.push_back(*host);
  }
  return hosts;
}

RunResult<std::optional<HostEntries>> Frontier::next_host() {
  const HostEntries* const host = VISIONSHARD_TRY(hosts_->next());
  return host != nullptr ? std::optional(*host) : std::nullopt;
}

RunResult<FrontierEntry> Frontier::entry(std::uint64_t number) const {
  FrontierEntry entry;
  const auto got = VISIONSHARD_TRY(read_at(entries_.get(), reinterpret_cast<std::byte*>(&entry), sizeof entry,
                                           number * sizeof entry, path(".entries")));
  if (got != sizeof entry) return run_fault(path(".entries") + ": became shorter");
  return entry;
}

RunResult<std::string> Frontier::url(const FrontierEntry& entry) const {
  std::string text(entry.bytes, '\0');
  const auto got = VISIONSHARD_TRY(
      read_at(spool_.get(), reinterpret_cast<std::byte*>(text.data()), text.size(), entry.offset, path(".urls")));
  if (got != text.size()) return run_fault(path(".urls") + ": became shorter");
  return text;
}

}  // namespace visionshard::fetching
