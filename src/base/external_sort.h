// Any number of records in order within bounded memory: sorted runs on disk, merged.
#pragma once

#include <algorithm>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "base/record_file.h"

namespace visionshard {

/// Records come one by one or as files that are sorted already; merge() hands them out. Not thread-safe.
template <class Record>
class SortedRuns {
 public:
  /// Files of its own begin with `path` and are removed once they are read.
  explicit SortedRuns(std::string path) : path_(std::move(path)) {}
  ~SortedRuns() {
    // Also one that could not be written to its end.
    for (std::size_t i = 0; i < made_; ++i) std::remove(run_path(i).c_str());
  }
  SortedRuns(const SortedRuns&) = delete;
  SortedRuns& operator=(const SortedRuns&) = delete;

  RunResult<void> add(const Record& record) {
    buffer_.push_back(record);
    return buffer_.size() < buffered_records ? RunResult<void>() : flush();
  }

  /// A file of `bytes` bytes, in order, which is left alone.
  void add_file(std::string path, std::uint64_t bytes) {
    if (bytes > 0) runs_.push_back({std::move(path), bytes, false});
  }

  /// take(record), which returns RunResult<void>, for each in ascending order. Once.
  template <class Take>
  RunResult<void> merge(Take take) {
    if (runs_.empty()) {
      std::sort(buffer_.begin(), buffer_.end());
      for (const Record& record : std::exchange(buffer_, {})) VISIONSHARD_TRY(take(record));
      return {};
    }
    VISIONSHARD_TRY(flush());
    while (runs_.size() > max_at_once) {
      std::vector<Run> group(runs_.begin(), runs_.begin() + max_at_once);
      RecordWriter<Record> writer(new_path());
      VISIONSHARD_TRY(merge_group(group, [&](const Record& record) { return writer.add(record); }));
      VISIONSHARD_TRY(finish(writer));
      for (const Run& run : group) remove(run);
      runs_.erase(runs_.begin(), runs_.begin() + max_at_once);
    }
    return merge_group(runs_, take);
  }

 private:
  // 24 MB of records. 256 files of 64 KiB each are 16 MB, and a fourth of what a process may have open.
  static constexpr std::size_t buffered_records = (24 << 20) / sizeof(Record);
  static constexpr std::size_t max_at_once = 256;

  struct Run {
    std::string path;
    std::uint64_t bytes;
    bool is_ours;
  };

  static void remove(const Run& run) {
    if (run.is_ours) std::remove(run.path.c_str());
  }
  std::string run_path(std::size_t number) const { return path_ + "." + std::to_string(number); }
  std::string new_path() { return run_path(made_++); }

  RunResult<void> finish(RecordWriter<Record>& writer) {
    auto written = VISIONSHARD_TRY(writer.finish(Durability::none));
    runs_.push_back({run_path(made_ - 1), written.bytes, true});
    return {};
  }

  RunResult<void> flush() {
    std::sort(buffer_.begin(), buffer_.end());
    RecordWriter<Record> writer(new_path());
    for (const Record& record : std::exchange(buffer_, {})) VISIONSHARD_TRY(writer.add(record));
    return finish(writer);
  }

  template <class Take>
  static RunResult<void> merge_group(const std::vector<Run>& runs, Take take) {
    std::vector<RecordReader<Record>> readers;
    using Head = std::pair<Record, std::size_t>;
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    const auto advance = [&](std::size_t i) -> RunResult<void> {
      const auto next = VISIONSHARD_TRY(readers[i].next());
      if (next != nullptr) heads.emplace(*next, i);
      return {};
    };
    for (const Run& run : runs) {
      auto reader = VISIONSHARD_TRY(RecordReader<Record>::open(run.path, run.bytes));
      readers.push_back(std::move(reader));
    }
    for (std::size_t i = 0; i < readers.size(); ++i) VISIONSHARD_TRY(advance(i));
    while (!heads.empty()) {
      const auto [record, i] = heads.top();
      heads.pop();
      VISIONSHARD_TRY(take(record));
      VISIONSHARD_TRY(advance(i));
    }
    return {};
  }

  std::string path_;
  std::vector<Record> buffer_;
  std::vector<Run> runs_;
  std::size_t made_ = 0;
};

}  // namespace visionshard
