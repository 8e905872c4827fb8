// Ranges of files, written one after the other: long ones by the kernel, short ones from memory, read in the order in
// which they lie.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "distribute/layout_file.h"

namespace visionshard::distribute {

struct OpenSource {
  FileDescriptor file;
  std::string path;
};

using OpenSourceFile = std::function<RunResult<OpenSource>(std::uint64_t source)>;

/// Not thread-safe.
class GatheredRanges {
 public:
  /// Short ranges of about `memory_bytes` are gathered before they are read.
  GatheredRanges(std::uint64_t memory_bytes, OpenSourceFile open)
      : memory_bytes_(memory_bytes), open_(std::move(open)) {}

  /// Appends the range to `to`, now or at a later call.
  RunResult<void> add(const RangeRecord& range, AtomicFile& to);
  /// Appends what is gathered.
  RunResult<void> flush(AtomicFile& to);

 private:
  RunResult<void> read_short_ranges();
  RunResult<void> use(std::uint64_t source);

  std::uint64_t memory_bytes_;
  OpenSourceFile open_;
  std::vector<RangeRecord> ranges_;
  std::uint64_t short_bytes_ = 0;
  Bytes text_;  // of the short ranges, in the order of ranges_
  OpenSource source_;
  std::uint64_t source_number_ = UINT64_MAX;
};

}  // namespace visionshard::distribute
