// A committed batch's bytes to their shards.
#pragma once

#include "line/batch.h"

namespace visionshard::pipeline {

/// Writes the batch's segments.
RunResult<void> store(const Batch& batch);

/// Takes the batch's bytes into its shards' digests, in the order of the batches.
void digest_bytes(const Batch& batch);

}  // namespace visionshard::pipeline
