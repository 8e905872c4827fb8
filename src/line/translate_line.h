// Brings a line of another layout into the chat layout.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// For the line of `record`, which `scratch` has parsed last: where it has another layout than chat, makes
/// LineRecord::chat, counts the layout, and replaces the spans in `scratch` by the chat line's. Faults have pointers
/// into the line as it came. Throws std::bad_alloc.
tl::expected<void, Fault> translate_other_layout(LineBatch& batch, LineRecord& record, const LineContext& context,
                                                 Scratch& scratch);
// In the header: nearly no line has signs of another layout.
inline tl::expected<void, Fault> translate_line(LineBatch& batch, LineRecord& record, const LineContext& context,
                                                Scratch& scratch) {
  const InputLayout from = context.line.from;
  if (from == InputLayout::chat || (from == InputLayout::automatic && scratch.spans.layout_signs == 0)) return {};
  return translate_other_layout(batch, record, context, scratch);
}

}  // namespace visionshard::line
