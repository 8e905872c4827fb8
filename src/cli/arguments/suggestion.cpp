#include "cli/arguments/suggestion.h"

#include <fmt/format.h>

#include <algorithm>

namespace visionshard::cli {
namespace {

// F. J. Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964: with swaps of
// neighbors, no letter touched twice.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + wrong});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string suggestion(std::string_view typed, const std::vector<std::string>& words) {
  typed = typed.substr(0, 60);
  std::size_t min_errors = typed.size() / 3 + 1;
  std::string nearest;
  for (const std::string& word : words)
    if (const std::size_t errors = distance(typed, word); errors < min_errors) {
      min_errors = errors;
      nearest = word;
    }
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

}  // namespace visionshard::cli
