// Puts new values into a line and keeps every other byte.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace visionshard::example {

/// Bytes begin to end of a line are replaced by `text`, which `owner` keeps alive where it is not a constant;
/// begin == end inserts.
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

/// Appends to `pieces` the text of the line after sorted `edits`, without copying: the pieces point into both.
void append_pieces(std::string_view line, const std::vector<Edit>& edits, std::vector<iovec>& pieces);

}  // namespace visionshard::example
