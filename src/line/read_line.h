// From a line's text to the spans of a chat line.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Fills the scratch's spans: of the line that a record of rejected.jsonl carries, and of the chat line that a line of
/// another layout becomes. Sets LineRecord::methods. False where the line is rejected. Throws std::bad_alloc.
bool read_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch);

}  // namespace visionshard::line
