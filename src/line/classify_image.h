// Decides what must be done with an image value.
#pragma once

#include "line/image_task.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Finishes a task of `line` whose image need not be decoded or whose result is in the cache. Any other task becomes
/// pending, with the memory it needs; one that a list names is refused without a fault. Faults: of the image, or the
/// system fails to read a local file. Throws std::bad_alloc.
LoadResult<void> classify_image(ImageTask& task, std::string_view line, const LineContext& context, Scratch& scratch);

}  // namespace visionshard::line
