// Applies edits to a line; every other byte stays.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace visionshard::example {

/// Replaces the bytes from `begin` to `end` of a line by `text`; begin == end inserts. `owner` keeps the text alive
/// where it is not a constant.
struct Edit {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  ByteView text;
  std::shared_ptr<const void> owner;
};

/// Puts edits into the order of the line. They must not overlap; insertions at one place keep their order.
void sort_edits(std::vector<Edit>& edits);

/// Length of `line` after sorted `edits`.
std::uint64_t spliced_bytes(std::string_view line, const std::vector<Edit>& edits) noexcept;

/// Appends the line after sorted `edits` to `pieces`, without copying: they point into the line and the edits.
void append_pieces(std::string_view line, const std::vector<Edit>& edits, std::vector<iovec>& pieces);

}  // namespace visionshard::example
