// The way of a block of lines, as functions without threads, and without files but those of --image-root.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Cuts the block into lines, validates each, and finishes all that needs no pixels; what does is pending. Thread-safe
/// for different batches. Fault: the system fails to read a local file. Throws std::bad_alloc, as do the others.
RunResult<void> parse_batch(LineBatch& batch, const LineContext& context, Scratch& scratch);

/// Converts one pending image; changes nothing in its batch. Thread-safe. Faults as before.
RunResult<engine::SharedResult> convert_image(const LineBatch& batch, std::size_t index, const LineContext& context);

/// Gives a pending image its result. Thread-safe for different images.
void apply_result(LineBatch& batch, std::size_t index, const engine::SharedResult& result);

/// When no image is pending any more: each line's outcome and its edits.
void assemble(LineBatch& batch, const LineContext& context);

}  // namespace visionshard::line
