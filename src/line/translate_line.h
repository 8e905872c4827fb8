// Brings a line of another layout into the chat layout.
#pragma once

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Whether a line with these spans may have another layout than chat.
inline bool is_other_layout(const example::ExampleSpans& spans, const LineContext& context) noexcept {
  return context.line.from == InputLayout::automatic ? spans.layout_signs != 0 : context.line.from != InputLayout::chat;
}

/// For the line of `record`, which `scratch` has parsed last: where it has another layout than chat, makes
/// LineExtras::chat, counts the layout, and replaces the spans in `scratch` by the chat line's. Faults have pointers
/// into the line as it came. Throws std::bad_alloc.
tl::expected<void, Fault> translate_line(LineBatch& batch, LineRecord& record, const LineContext& context,
                                         Scratch& scratch);

}  // namespace visionshard::line
