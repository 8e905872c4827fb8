// Reads a task's log, whose last line a crash may have cut off.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "store/url_record.h"

namespace visionshard::store {

/// Not thread-safe.
class LogReader {
 public:
  /// A log that is not there has no records. Of one that a task adds to, the first `max_bytes` are read.
  static RunResult<LogReader> open(const std::string& path, std::uint64_t max_bytes = UINT64_MAX);

  /// The next record; nothing at the end, or where only a cut-off record is left. Fault: the file cannot be read, a
  /// damaged record stands before a whole one, or a record is longer than any that is written.
  RunResult<std::optional<UrlRecord>> next();

  /// Where the record that next() returned begins.
  std::uint64_t record_offset() const noexcept { return record_offset_; }
  /// Where the last whole record ends: what follows it was left by a crash and must be cut off.
  std::uint64_t whole_bytes() const noexcept { return whole_bytes_; }

 private:
  tl::unexpected<RunFault> damaged(std::uint64_t offset, std::string_view how) const;
  // The next line without its newline; nothing at the end. It holds until the next call. A line of more than 64 MiB is
  // a fault: what follows it must not be taken for what a crash left.
  RunResult<std::optional<std::string_view>> next_line();

  std::string path_;
  std::uint64_t max_bytes_ = 0;
  FileDescriptor file_;
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  std::string buffer_;
  std::size_t at_ = 0;              // in the buffer
  std::uint64_t buffer_begin_ = 0;  // in the file
  bool at_end_ = false;
  std::uint64_t record_offset_ = 0;
  std::uint64_t whole_bytes_ = 0;
};

}  // namespace visionshard::store
