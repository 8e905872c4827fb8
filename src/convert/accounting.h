// Sums, checks and warnings over a run's counts.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include "base/result.h"
#include "exclusion/exclusions.h"
#include "line/line_batch.h"
#include "output/part_index.h"

namespace visionshard::conversion {

/// Fault: the outcomes do not add up to the lines or images read. Pure.
RunResult<void> check_conservation(const Counts& counts);

/// A copy of what a checkpoint holds of a report: neither shards nor single images, and the lines of these inputs.
/// Pure.
RunReport counts_of(const RunReport& report, std::size_t first_input, std::size_t end_input);

/// Counts an image of a written example by its facts before and after.
void count_image(RunReport& report, const line::ImageTask& task);

/// What a written example counts. Pure.
output::ExampleTally tally_of(const line::LineBatch& batch, const line::LineRecord& record);

/// Keeps the place of a rejected line if it is among the first max_first_rejects of its reason.
void add_first_reject(RunReport& report, FaultCode code, RejectedPlace place);

/// Adds the report of one part of input `file`, which counts its lines from the part's beginning. To be called for the
/// parts of a file in their order. Pure.
void add_part(RunReport& sum, const RunReport& part, std::size_t file);

/// Adds a warning if lists of --exclude name lines of files that are no inputs; `exclusions` may be nullptr. Pure.
void warn_of_foreign_places(const exclusion::Exclusions* exclusions, RunReport& report);

/// Adds the report's warnings: inputs that are not JSON Lines, hidden images, shards with too few examples. Pure.
void add_warnings(const Limits& limits, RunReport& report);

}  // namespace visionshard::conversion
