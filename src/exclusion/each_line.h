// The lines of a file with their numbers and places, as a run counts them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/keep_running.h"
#include "base/result.h"
#include "input/block_reader.h"

namespace visionshard::exclusion {

inline constexpr std::size_t each_line_step_bytes = 1 << 20;

/// take(line, number, offset) for each line of the text, without its newline; no line where it is longer than
/// `max_line_bytes`. It returns whether to go on.
template <class Take>
RunResult<void> each_line(const std::string& path, std::uint64_t max_line_bytes, const KeepRunning& keep_running,
                          Take take) {
  input::BlockReader reader({path}, each_line_step_bytes, max_line_bytes);
  std::uint64_t number = 0;
  for (input::TextBlock block;;) {
    const auto next = VISIONSHARD_TRY(reader.next(block, SIZE_MAX));
    if (next == input::Next::end) return {};
    if (keep_running && !keep_running()) return interrupted();
    if (block.overlong_bytes > 0) {
      const bool more = VISIONSHARD_TRY(take(std::nullopt, ++number, block.offset));
      if (!more) return {};
      continue;
    }
    const std::string_view text = as_text({block.block.data(), block.end});
    for (std::size_t at = block.begin, newline; at < text.size(); at = newline + 1) {
      newline = text.find('\n', at);
      std::string_view line = text.substr(at, newline - at);
      // As cut_lines() does: a mark in the middle is not part of the line.
      if (line.starts_with(input::byte_order_mark)) line.remove_prefix(input::byte_order_mark.size());
      const auto begin = static_cast<std::uint64_t>(line.data() - text.data());
      const bool more = VISIONSHARD_TRY(take(std::optional(line), ++number, block.offset + begin - block.begin));
      if (!more) return {};
    }
  }
}

}  // namespace visionshard::exclusion
