// From a line's text to the spans of a chat line.
#pragma once

#include "example/method.h"
#include "line/line_context.h"
#include "line/line_cutter.h"
#include "line/scratch.h"
#include "line/translate_line.h"

namespace visionshard::line {

/// For a record of rejected.jsonl and for a line of another layout, which the scratch has parsed last.
bool read_further(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch);

/// Fills the scratch's spans: of the line that a record of rejected.jsonl carries, and of the chat line that a line of
/// another layout becomes. Sets LineRecord::methods. False where the line is rejected. Throws std::bad_alloc.
// In the header: nearly every line is done here.
inline bool read_line(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  const std::string_view line = batch.text_of(record);
  if (auto parsed = scratch.parser.parse(line, scratch.spans, scratch.scanner.base64_of(line)); !parsed)
    return reject(record, std::move(parsed.error()));
  if ((scratch.spans.is_reject_record() || is_other_layout(scratch.spans, context)) &&
      !read_further(batch, record, context, scratch))
    return false;
  if (context.limits.example_rules) record.methods = example::methods_of(scratch.spans, context.limits);
  return true;
}

}  // namespace visionshard::line
