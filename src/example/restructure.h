// Changes an example for a provider that has no developer role, wants alternating roles or contents of one kind, or
// rejects unknown keys. Only the spans concerned change; every other byte stays.
#pragma once

#include <visionshard/options.h>

#include <string_view>
#include <vector>

#include "example/example_spans.h"
#include "example/splice.h"

namespace visionshard::example {

enum class Rewrite : std::uint8_t {
  developer_role,  // message `index` of the developer becomes one of the system
  same_role,       // message `index` is merged into the one before it
  string_content,  // the string content of message `index` becomes a list of one text part
  unknown_key,     // field `index` is left out
};

struct StructureChange {
  Rewrite kind;
  std::uint32_t index;  // into ExampleSpans::messages or ExampleSpans::fields
};

/// The changes that `limits` requires; in document order within each kind. The line must have passed validate() with
/// these limits.
std::vector<StructureChange> structure_changes(const ExampleSpans& spans, const Limits& limits);

/// Appends the edits that make these changes. Merged strings are joined by a newline, merged lists are concatenated.
/// The edits do not overlap with edits within a content part.
void restructure(std::string_view line, const ExampleSpans& spans, const Limits& limits, std::vector<Edit>& edits);

}  // namespace visionshard::example
