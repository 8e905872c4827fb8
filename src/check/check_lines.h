// One line in, all that a provider would find wrong with it out. No threads, no files but those of --image-root.
#pragma once

#include <visionshard/check.h>

#include "check/check_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::checking {

struct CheckContext : line::LineContext {
  ModelFamily model = ModelFamily::tiles;
};

/// Fills the batch's findings and images; those that must be decoded are pending. Fault: the system fails to read a
/// local file. Throws std::bad_alloc, as does the next.
RunResult<void> check_lines(CheckBatch& batch, const CheckContext& context, line::Scratch& scratch);

/// Decodes a pending image; the result carries a fault or nothing. Thread-safe. Faults as before.
RunResult<engine::SharedResult> check_image(const CheckBatch& batch, std::size_t index, const CheckContext& context);

/// When no image is pending any more: the batch's findings are complete and in order.
void gather_findings(CheckBatch& batch);

}  // namespace visionshard::checking
