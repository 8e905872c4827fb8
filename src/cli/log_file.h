// What a nightly job's monitoring reads: a line of JSON for each shard, each kind of fault and each stage, never one
// for each image.
#pragma once

#include <visionshard/convert.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

namespace visionshard::cli {

enum class LogLevel { info, warning, error };

/// Thread-safe once it is open.
class LogFile {
 public:
  /// One that keeps nothing.
  LogFile() = default;

  /// Appends to the file at `path`. Returns what is wrong, empty where it is open.
  std::string open(const std::string& path, LogLevel least);

  void started(const ConvertOptions& options);
  void shard(const ShardInfo& shard);
  /// Faults, warnings, stages, and the end.
  void ended(const RunOutcome& outcome, int exit_status);

  /// The first line that could not be written, and why; empty where all could.
  std::string wrong() const {
    const std::lock_guard lock(mutex_);
    return wrong_;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  /// `members` is JSON: "\"key\":value,...".
  void write(LogLevel level, const char* event, const std::string& members);

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  mutable std::mutex mutex_;
  std::string wrong_;
  LogLevel least_ = LogLevel::info;
};

}  // namespace visionshard::cli
