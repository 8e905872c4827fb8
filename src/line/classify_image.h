// What is to be done about an image value.
#pragma once

#include "line/image_task.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Finishes a task of `line` that needs no pixels or whose result is known, or leaves it pending with what it will
/// need. Faults: of the image, and where the system fails to read a local file. Throws std::bad_alloc.
LoadResult<void> classify_image(ImageTask& task, std::string_view line, const LineContext& context, Scratch& scratch);

}  // namespace visionshard::line
