#include "pipeline/accounting.h"

#include <fmt/format.h>

namespace visionshard::pipeline {

RunResult<void> check_conservation(const Counts& c) {
  if (c.lines == c.blank + c.written + c.rejected + c.duplicates &&
      c.images == c.images_kept + c.images_relabelled + c.images_converted + c.images_shrunk)
    return {};
  return run_fault(
      fmt::format("the counts do not add up ({} lines, {} blank, {} written, {} rejected, {} duplicates); the output "
                  "is not to be trusted; please report this defect",
                  c.lines, c.blank, c.written, c.rejected, c.duplicates));
}

void add_warnings(const Limits& limits, RunReport& report) {
  for (const ShardInfo& s : report.shards)
    if (s.examples < limits.fewest_examples)
      report.warnings.push_back(fmt::format("{} holds {} examples; the provider wants at least {} in a file", s.path,
                                            s.examples, limits.fewest_examples));
  if (report.counts.written == 0) report.warnings.push_back("nothing was written: no line is an acceptable example");
}

}  // namespace visionshard::pipeline
