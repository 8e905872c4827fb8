// Appends bodies to the segment files of one task.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/file.h"
#include "store/paths.h"

namespace visionshard::store {

/// Where each segment of a task ends, by its number.
using SegmentEnds = std::map<std::uint64_t, std::uint64_t>;

/// Not thread-safe.
class SegmentWriter {
 public:
  SegmentWriter() = default;

  /// Continues after `ends`: what follows them was left by a crash and is cut off. Fault: a segment is not there, or is
  /// shorter.
  static RunResult<SegmentWriter> open(const StorePaths& paths, const std::string& task, const SegmentEnds& ends,
                                       std::uint64_t max_segment_bytes, Durability durability);

  /// Begins a body of `bytes` bytes, in a new segment where the present one would pass the limit with it.
  RunResult<void> begin(std::uint64_t bytes);
  RunResult<void> write(ByteView bytes);

  std::string name() const { return segment_name(task_, number_); }
  std::uint64_t offset() const noexcept { return offset_; }

  /// Returns when everything written is on the disk.
  RunResult<void> sync();

 private:
  RunResult<void> create();

  StorePaths paths_{""};
  std::string task_;
  std::uint64_t max_segment_bytes_ = 0;
  Durability durability_ = Durability::none;
  FileDescriptor file_;
  std::uint64_t number_ = 0;
  std::uint64_t offset_ = 0;
  bool is_synced_ = true;
};

}  // namespace visionshard::store
