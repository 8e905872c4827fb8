// Which lines and images are left out by --exclude and --sample.
#pragma once

#include <string_view>

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/payload.h"

namespace visionshard::line {

/// Excludes the line. Returns false.
bool exclude(LineRecord& record, Exclusion reason);

/// Before the line is parsed: false where it is excluded by its place or digest, or is not in the sample.
bool is_included(const LineBatch& batch, LineRecord& record, const LineContext& context);

/// The same of a text that is what the line contains or becomes, by its digest alone.
bool is_text_included(LineRecord& record, std::string_view text, const LineContext& context);
bool is_written_included(const LineBatch& batch, LineRecord& record, const LineContext& context);

/// Whether a list names the image, by its digest.
Exclusion exclusion_of(const Payload& payload, const LineContext& context);

/// Whether a list names the web URL that `text` is, a value without its quotes; none where it is something else.
Exclusion exclusion_of_url(std::string_view text, const LineContext& context);

}  // namespace visionshard::line
