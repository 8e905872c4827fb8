// Finds everything in a line that a provider would object to. No threads, and no files except those of --image-root.
#pragma once

#include <visionshard/check.h>

#include "check/check_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::checking {

struct CheckContext : line::LineContext {
  ModelFamily model = ModelFamily::tiles;
  bool for_local_trainer = false;  // lines may have other layouts, and images are files beneath image_root
};

/// Fills the batch's findings and images; images that must be decoded become pending. Fault: the system fails to read a
/// local file. Throws std::bad_alloc, as does check_image().
RunResult<void> check_lines(CheckBatch& batch, const CheckContext& context, line::Scratch& scratch);

/// Decodes a pending image; the result has a fault or nothing. Thread-safe. Fault: as check_lines().
RunResult<engine::SharedResult> check_image(const CheckBatch& batch, std::size_t index, const CheckContext& context);

/// Completes the batch's findings and sorts them; after all pending images.
void gather_findings(CheckBatch& batch);

}  // namespace visionshard::checking
