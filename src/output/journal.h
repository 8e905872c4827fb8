// What an unfinished run has done for good. Each record is on the disk before the rename that it announces.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace visionshard::output {

inline constexpr char journal_name[] = "journal.jsonl";

class Journal {
 public:
  /// One that keeps nothing.
  Journal() = default;

  /// A journal in `directory`'s work folder with these lines, in place of one that is there.
  static RunResult<Journal> create(const std::string& directory, const std::vector<std::string>& lines,
                                   Durability durability);

  /// Adds a line, which ends with a newline.
  RunResult<void> append(std::string_view line);

 private:
  FileDescriptor file_;
  std::string path_;
  std::uint64_t bytes_ = 0;
  Durability durability_ = Durability::none;
};

/// The whole lines of the journal in `directory`'s work folder; what a dying process left of one is not among them.
/// Empty where there is no journal.
RunResult<std::vector<std::string>> read_journal(const std::string& directory);

}  // namespace visionshard::output
