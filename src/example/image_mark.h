// The mark "<image>" in a string of JSON, however its characters are spelled.
#pragma once

#include <cstddef>
#include <optional>

#include "example/json_walker.h"

namespace visionshard::example {

struct Mark {
  std::size_t begin;  // in the string's inside
  std::size_t end;
};

/// The first mark at or after `from`, which is not within an escape.
std::optional<Mark> find_mark(const JsonString& string, std::size_t from);

}  // namespace visionshard::example
