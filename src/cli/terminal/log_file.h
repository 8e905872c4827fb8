// The log for the monitoring of regular jobs: a line of JSON for each shard, each reason of rejection and each stage,
// never one for each image.
#pragma once

#include <visionshard/convert.h>

#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "base/json_writer.h"
#include "base/option_words.h"

namespace visionshard::cli {

enum class LogLevel { info, warning, error };

/// The values of --log-level.
inline constexpr std::array log_level_words = {
    OptionWord{"info", LogLevel::info}, OptionWord{"warning", LogLevel::warning}, OptionWord{"error", LogLevel::error}};

/// Thread-safe once it is open. Keeps nothing before.
class LogFile {
 public:
  /// Appends to the file at `path`. Returns what is wrong, empty where it is open.
  std::string open(const std::string& path, LogLevel min_level);

  void report_start(const ConvertOptions& options);
  void report_shard(const ShardInfo& shard);
  /// Rejections, warnings, stages, and the end.
  void report_end(const RunOutcome& outcome, int exit_status);

  /// Why the first line that could not be written was not; empty where all were.
  std::string error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  /// `write_members(JsonWriter&)` adds the event's own members.
  template <class WriteMembers>
  void write(LogLevel level, const char* event, WriteMembers write_members);
  void append(const std::string& line);

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  mutable std::mutex mutex_;
  std::string error_;
  LogLevel min_level_ = LogLevel::info;
};

}  // namespace visionshard::cli
