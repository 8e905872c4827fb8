// Adds up the findings of `check` in input order.
#pragma once

#include <visionshard/check.h>

#include <array>
#include <string>
#include <vector>

#include "check/check_batch.h"
#include "check/finding_code.h"
#include "example/method.h"

namespace visionshard::checking {

/// Not thread-safe: batches come one at a time, in input order.
class CheckTally {
 public:
  CheckTally(const Limits& limits, std::vector<std::string> sources, const OnFinding& on_finding);

  void add(const CheckBatch& batch);

  /// Adds a finding about a whole file.
  void add_file_finding(const std::string& file, FindingCode code, std::string detail);

  /// Call after the last batch: adds the findings about whole files. `file_bytes`: the stored size of each source.
  void finish(const std::vector<std::uint64_t>& file_bytes);

  const CheckReport& report() const noexcept { return report_; }
  std::uint64_t text_bytes() const noexcept { return text_bytes_; }
  CheckReport take_report();

 private:
  struct FileNotes {
    std::uint64_t blank = 0;
    std::uint64_t carriage_returns = 0;
    bool begun = false;
    std::uint64_t byte_order_marks = 0;
    bool first_has_mark = false;
    std::uint8_t methods = example::method::any;  // of the examples so far
    std::uint64_t other_methods = 0;              // examples of none of them
    std::uint64_t first_other = 0;                // the line of the first
    std::string_view instead;                     // a sentence on the file's format, where it is not JSON Lines
  };

  FindingGroup& count(FindingCode code, Finding&& finding);
  void add_images(const CheckBatch& batch, std::uint32_t record, std::size_t& next);
  void add_findings(const CheckBatch& batch, std::uint32_t record, std::size_t& next);

  Limits limits_;
  OnFinding on_finding_;
  CheckReport report_;
  std::vector<FileNotes> notes_;
  std::array<FindingGroup, finding_code_count> groups_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace visionshard::checking
