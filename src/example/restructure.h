// Edits that give an example the form a provider requires: no role "developer", alternating roles, contents of one
// kind, no unknown keys. Every byte outside the edits stays.
#pragma once

#include <visionshard/options.h>

#include <string_view>
#include <vector>

#include "example/example_spans.h"
#include "example/splice.h"

namespace visionshard::example {

enum class Rewrite : std::uint8_t {
  developer_role,  // `index` is a message of the developer, who becomes the system
  same_role,       // `index` is a message, merged into the one before it
  string_content,  // `index` is a message whose string becomes a list of one text part
  unknown_key,     // `index` is a field, left out
};

struct StructureChange {
  Rewrite kind;
  std::uint32_t index;  // into ExampleSpans::messages or ExampleSpans::fields
};

/// Returns the changes that `limits` require, by kind, each in document order. The line must have passed
/// example::validate with them.
std::vector<StructureChange> structure_changes(const example::ExampleSpans& spans, const Limits& limits);

/// Appends the edits that make the changes. Merged strings are joined by a newline, merged lists by their parts;
/// edits within a content part do not overlap with them.
void restructure(std::string_view line, const example::ExampleSpans& spans, const Limits& limits,
                 std::vector<Edit>& edits);

}  // namespace visionshard::example
