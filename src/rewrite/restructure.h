// An example brought into the shape of a provider that knows no developer, or wants roles to alternate, contents of one
// kind and no key it does not know: span by span, every other byte as it was.
#pragma once

#include <visionshard/options.h>

#include <string_view>
#include <vector>

#include "example/outline.h"
#include "rewrite/splice.h"

namespace visionshard::rewrite {

enum class Rewrite : std::uint8_t {
  developer_role,  // `index` is a message of the developer, who becomes the system
  same_role,       // `index` is a message, merged into the one before it
  string_content,  // `index` is a message whose string becomes a list of one text part
  unknown_key,     // `index` is a field, left out
};

struct StructureChange {
  Rewrite kind;
  std::uint32_t index;  // into Outline::messages or Outline::fields
};

/// What `limits` asks for, in document order by kind. The line must have passed example::judge with them.
std::vector<StructureChange> structure_changes(const example::Outline& outline, const Limits& limits);

/// Appends the edits that carry the changes out. Merged strings are joined by a newline, merged lists by their parts;
/// edits within a content part do not overlap with them.
void restructure(std::string_view line, const example::Outline& outline, const Limits& limits,
                 std::vector<Edit>& edits);

}  // namespace visionshard::rewrite
