#include "store/merged_log.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <tuple>

#include "base/external_sort.h"
#include "store/log_reader.h"

namespace visionshard::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::optional<FaultCode>, 7> outcome_failures = {std::nullopt,
                                                                      FaultCode::url_unreachable,
                                                                      FaultCode::url_status,
                                                                      FaultCode::url_not_image,
                                                                      FaultCode::url_too_large,
                                                                      FaultCode::url_private,
                                                                      FaultCode::url_opted_out};

// The names of a folder's files with this extension, without it.
RunResult<std::vector<std::string>> names_in(const std::string& directory, const std::string& extension) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::end(it); it.increment(error))
    if (it->path().extension() == extension) names.push_back(it->path().stem().native());
  if (error) return system_fault(directory, "read the directory", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

struct Segment {
  std::uint32_t index;
  std::uint64_t bytes;
};

class Collector {
 public:
  Collector(const StorePaths& paths, const std::string& temporary_path, const KeepRunning& keep_running)
      : paths_(paths), keep_running_(keep_running), sorted_(temporary_path) {}

  RunResult<MergedLog> collect() {
    // Tasks may be adding: the bodies that the logs name up to here are in segments that are looked at after here.
    names_.tasks = VISIONSHARD_TRY(names_in(paths_.logs(), ".jsonl"));
    std::vector<std::uint64_t> log_bytes;
    for (const std::string& task : names_.tasks)
      log_bytes.push_back(VISIONSHARD_TRY(file_state(paths_.log(task))).bytes);
    names_.segments = VISIONSHARD_TRY(names_in(paths_.bodies(), ".bin"));
    for (std::uint32_t i = 0; i < names_.segments.size(); ++i) {
      const auto state = VISIONSHARD_TRY(file_state(paths_.segment(names_.segments[i])));
      segments_[names_.segments[i]] = {i, state.bytes};
    }
    for (std::uint32_t i = 0; i < names_.tasks.size(); ++i) VISIONSHARD_TRY(add_task(i, log_bytes[i]));
    return std::move(names_);
  }

  SortedRuns<MergedRecord>& sorted() noexcept { return sorted_; }

 private:
  RunResult<void> add_task(std::uint32_t task, std::uint64_t log_bytes) {
    const std::string path = paths_.log(names_.tasks[task]);
    auto log = VISIONSHARD_TRY(LogReader::open(path, log_bytes));
    for (;;) {
      const auto record = VISIONSHARD_TRY(log.next());
      if (!record) return {};
      if (keep_running_ && !keep_running_()) return interrupted();
      VISIONSHARD_TRY(add(*record, task, log.record_offset(), path));
    }
  }

  RunResult<void> add(const UrlRecord& record, std::uint32_t task, std::uint64_t log_offset, const std::string& path) {
    MergedRecord merged;
    merged.key = record.key;
    merged.time_ms = record.time_ms;
    merged.task = task;
    merged.log_offset = log_offset;
    merged.elapsed_ms = record.elapsed_ms;
    merged.status = record.status;
    merged.redirects = record.redirects;
    merged.outcome = static_cast<std::uint8_t>(outcome_of(record.failure));
    merged.transient = record.transient;
    if (record.body) {
      const StoredBody& body = *record.body;
      const auto segment = segments_.find(body.segment);
      if (segment == segments_.end() || body.offset + body.bytes > segment->second.bytes)
        return run_fault(
            fmt::format("{}: has no {} bytes at {}, which {} names; copy the store again, or remove the "
                        "task's log and segments, so that its URLs are fetched again",
                        paths_.segment(body.segment), body.bytes, body.offset, path));
      merged.sha256 = body.sha256;
      merged.xxh128 = body.xxh128;
      merged.bytes = body.bytes;
      merged.segment = segment->second.index;
      merged.offset = body.offset;
    }
    return sorted_.add(merged);
  }

  const StorePaths& paths_;
  const KeepRunning& keep_running_;
  MergedLog names_;
  std::map<std::string, Segment, std::less<>> segments_;
  SortedRuns<MergedRecord> sorted_;
};

}  // namespace

Outcome outcome_of(const std::optional<FaultCode>& failure) noexcept {
  return static_cast<Outcome>(std::find(outcome_failures.begin(), outcome_failures.end(), failure) -
                              outcome_failures.begin());
}

RunResult<std::optional<FaultCode>> failure_of(std::uint8_t outcome) {
  if (outcome < outcome_failures.size()) return outcome_failures[outcome];
  return run_fault(fmt::format("{} is no outcome of a URL", outcome));
}

bool operator<(const MergedRecord& a, const MergedRecord& b) noexcept {
  return std::tie(a.key, a.time_ms, a.task, a.log_offset) < std::tie(b.key, b.time_ms, b.task, b.log_offset);
}

RunResult<MergedLog> merge_logs(const StorePaths& paths, const std::string& temporary_path,
                                const std::function<RunResult<void>(const MergedRecord&)>& take,
                                const KeepRunning& keep_running) {
  Collector collector(paths, temporary_path, keep_running);
  auto names = VISIONSHARD_TRY(collector.collect());
  std::optional<MergedRecord> last;
  const auto merged = collector.sorted().merge([&](const MergedRecord& record) -> RunResult<void> {
    if (keep_running && !keep_running()) return interrupted();
    if (last && last->key != record.key) VISIONSHARD_TRY(take(*last));
    last = record;
    return {};
  });
  if (!merged) return tl::unexpected(merged.error());
  if (last) VISIONSHARD_TRY(take(*last));
  return names;
}

RunResult<UrlRecord> read_record_at(const StorePaths& paths, const std::string& task, std::uint64_t offset) {
  const std::string path = paths.log(task);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_fault(path, "open", errno);
  std::string line;
  for (std::size_t end = std::string::npos; end == std::string::npos; end = line.find('\n')) {
    const std::size_t old = line.size();
    line.resize(old + 4096);
    const auto got =
        VISIONSHARD_TRY(read_at(file.get(), reinterpret_cast<std::byte*>(line.data()) + old, 4096, offset + old, path));
    if (got == 0) return run_fault(fmt::format("{}: has no record at byte {}", path, offset));
    line.resize(old + got);
  }
  simdjson::dom::parser parser;
  return read_record(std::string_view(line).substr(0, line.find('\n')), parser);
}

}  // namespace visionshard::store
