// The URLs to fetch: each once, by host, on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/external_sort.h"
#include "base/keep_running.h"
#include "store/merged_log.h"
#include "store/url_key.h"

namespace visionshard::fetching {

/// What is fetched of the URLs that the store knows already.
enum class Again : std::uint8_t { transient_failures, failures, everything };

/// A record of a task's log: what is known of a URL from before.
struct PriorRecord {
  std::uint32_t task = UINT32_MAX;  // an index in Frontier::prior_tasks(); UINT32_MAX: there is none
  std::uint32_t unused = 0;
  std::uint64_t offset = 0;
};

/// A URL of the frontier, as its file has it: in the order of hosts, and in that of the input for each host.
struct FrontierEntry {
  std::uint64_t host = 0;    // host_hash()
  std::uint64_t offset = 0;  // of the text in the spool
  std::uint64_t bytes = 0;   // of it
  PriorRecord prior;         // where the store has the URL's bytes already

  friend bool operator<(const FrontierEntry& a, const FrontierEntry& b) noexcept {
    return a.host != b.host ? a.host < b.host : a.offset < b.offset;
  }
};

/// The entries of one host.
struct HostEntries {
  std::uint64_t urls = 0;
  std::uint64_t first = 0;  // the number of its first entry
  std::uint64_t host = 0;

  /// The host with the most URLs is the first: it takes the longest.
  friend bool operator<(const HostEntries& a, const HostEntries& b) noexcept {
    return a.urls != b.urls ? a.urls > b.urls : a.first < b.first;
  }
};

struct FrontierCounts {
  std::uint64_t urls = 0;            // distinct ones of the inputs, of this task's hosts
  std::uint64_t known = 0;           // those of them that the store has and that are not fetched again
  std::uint64_t known_failures = 0;  // of the known: not images
  std::uint64_t to_fetch = 0;
  std::uint64_t hosts = 0;  // of those to fetch
};

/// add() for each value, finish() once, then the rest. Not thread-safe.
class Frontier {
 public:
  /// Its files are in the store and begin with "fetching-TASK"; they are removed at the end.
  Frontier(store::StorePaths paths, const std::string& task);
  ~Frontier();
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;

  /// The URL of an image value.
  RunResult<void> add(std::string_view url, const store::UrlKey& key, std::uint64_t host);

  /// Leaves out what the store has, and sorts by host.
  RunResult<void> finish(Again again, const KeepRunning& keep_running);

  const FrontierCounts& counts() const noexcept { return counts_; }
  const std::vector<std::string>& prior_tasks() const noexcept { return prior_tasks_; }
  /// The largest time of all records of the store; 0 where it has none.
  std::uint64_t newest_ms() const noexcept { return newest_ms_; }
  const store::StorePaths& paths() const noexcept { return paths_; }

  /// The first hosts that next_host() returns, at most so many.
  RunResult<std::vector<HostEntries>> largest_hosts(std::size_t count) const;
  /// The next host, the largest first; nothing after the last.
  RunResult<std::optional<HostEntries>> next_host();
  RunResult<FrontierEntry> entry(std::uint64_t number) const;
  RunResult<std::string> url(const FrontierEntry& entry) const;

 private:
  struct Found {
    store::UrlKey key{};
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t host = 0;

    friend bool operator<(const Found& a, const Found& b) noexcept {
      return a.key != b.key ? a.key < b.key : a.offset < b.offset;
    }
  };
  // Of a URL that the store knows.
  struct Known {
    store::UrlKey key{};
    PriorRecord record;
    std::uint8_t is_fetched = 0;
    std::uint8_t is_transient = 0;
    std::uint8_t unused[6] = {};
  };

  std::string path(const char* name) const { return base_ + name; }
  void remove_files() const;
  RunResult<void> flush_spool();
  RunResult<std::uint64_t> write_known(const KeepRunning& keep_running);
  RunResult<void> select(Again again, std::uint64_t known_bytes, SortedRuns<FrontierEntry>& by_host,
                         const KeepRunning& keep_running);
  RunResult<void> write_hosts(SortedRuns<FrontierEntry>& by_host, const KeepRunning& keep_running);

  store::StorePaths paths_;
  std::string base_;
  FileDescriptor spool_;
  std::string spool_buffer_;
  std::uint64_t spool_bytes_ = 0;  // written
  std::unique_ptr<SortedRuns<Found>> found_;
  FrontierCounts counts_;
  std::vector<std::string> prior_tasks_;
  std::uint64_t newest_ms_ = 0;
  FileDescriptor entries_;
  std::uint64_t host_bytes_ = 0;
  std::optional<RecordReader<HostEntries>> hosts_;
};

}  // namespace visionshard::fetching
