// One line in, all that a provider would find wrong with it out. No threads, no files.
#pragma once

#include <visionshard/check.h>

#include "line/line_task.h"

namespace visionshard::pipeline {

struct CheckContext : LineContext {
  ModelFamily model = ModelFamily::tiles;
};

/// Fills the batch's findings and images; those that must be decoded are left in `pending`. Throws std::bad_alloc.
void check_lines(Batch& batch, const CheckContext& context, Scratch& scratch);

/// Decodes a pending image; the result carries a fault or nothing. Thread-safe. Throws std::bad_alloc.
SharedConversion check_image(ImageWork work, const CheckContext& context);

/// When no image is pending any more: the batch's findings are complete and in order.
void gather_findings(Batch& batch);

}  // namespace visionshard::pipeline
