// The stages that a block of lines passes, as plain functions: no threads, and no files except those of --image-root.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Cuts the block into lines, validates them, and finishes whatever needs no decoded image; the images that must be
/// decoded become pending. Thread-safe for different batches. Fault: the system fails to read a local file. Throws
/// std::bad_alloc, as do the others.
RunResult<void> parse_batch(LineBatch& batch, const LineContext& context, Scratch& scratch);

/// Cuts the block into lines and sets LineRecord::methods of each as parse_batch() does, and looks no further.
RunResult<void> find_line_methods(LineBatch& batch, const LineContext& context, Scratch& scratch);

/// Converts one pending image; changes nothing in its batch. nullptr where `has_max` is false and it takes more memory
/// than its need_bytes. Thread-safe. Faults as before.
RunResult<engine::SharedResult> convert_image(const LineBatch& batch, std::size_t index, const LineContext& context,
                                              bool has_max);

/// Applies the result of a pending image to its line. Thread-safe for different images.
void apply_result(LineBatch& batch, std::size_t index, const engine::SharedResult& result);

/// Decides each line's outcome and edits, after all its pending images.
void assemble(LineBatch& batch, const LineContext& context);

}  // namespace visionshard::line
