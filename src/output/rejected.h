// rejected.jsonl: one record for each line left out, in input order.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/options.h>

#include <string>
#include <string_view>

#include "base/atomic_file.h"

namespace visionshard::output {

struct RejectedLine {
  std::string_view file;
  std::uint64_t line = 0;  // from 1
  std::uint64_t byte = 0;  // of the line's start in the file's text
  const Fault* fault = nullptr;
  std::string_view raw;
  bool has_raw = true;  // false where the line was not kept
};

/// Not thread-safe. Nothing is created until the first record, nor ever where the paths are empty.
class RejectedFile {
 public:
  RejectedFile(std::string partial_path, std::string final_path, Rejects rejects, Durability durability);

  /// Returns the offset in the file of the record's line number.
  RunResult<std::uint64_t> add(const RejectedLine& line);
  /// Continues after the first `bytes` of the partial file that an earlier process left; what follows them is cut off.
  RunResult<void> resume(std::uint64_t bytes);
  /// Sees all records so far to the disk. The bytes they take.
  RunResult<std::uint64_t> save();
  /// Gives the file its final name, if there is one.
  RunResult<void> finish();

 private:
  RunResult<void> flush(std::size_t unless_under);

  AtomicFile file_;
  std::string partial_path_;
  std::string final_path_;
  Rejects rejects_;
  Durability durability_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
};

}  // namespace visionshard::output
