// The value of --max-rejects.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <optional>
#include <string>

namespace visionshard::cli {

struct RejectBound {
  std::optional<std::uint64_t> lines;
  std::optional<double> percent;  // of all lines that are not blank

  bool is_exceeded(const Counts& counts) const noexcept;
};

/// "20" or "2.5%"; an empty text is no bound. Nothing where the text is neither.
std::optional<RejectBound> parse_reject_bound(const std::string& text);

}  // namespace visionshard::cli
