#include "cli/screen/screen_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/number_text.h"

namespace visionshard::cli {
namespace {

// The most important one first.
std::vector<std::string> facts(const screen::ScreenProgress& p, double seconds) {
  const ProgressReport& input = p.input;
  std::vector<std::string> all;
  all.push_back(input.total_bytes > 0
                    ? fmt::format("{} of {}", byte_size(input.done_bytes), byte_size(input.total_bytes))
                    : byte_size(input.input_bytes));
  all.push_back(counted(p.counts.looked_at, "image"));
  all.push_back(fmt::format("{} with faces", grouped(p.counts.images_with_faces)));
  all.push_back(fmt::format("{:.0f} images/s", static_cast<double>(p.counts.looked_at) / std::max(seconds, 1e-3)));
  return all;
}

std::string json_line(const screen::ScreenProgress& p, double seconds) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("seconds", seconds)
      .field("input_bytes", p.input.input_bytes)
      .field("done_bytes", p.input.done_bytes)
      .limit("total_bytes", p.input.total_bytes > 0 ? p.input.total_bytes : no_limit)
      .field("lines", p.counts.lines)
      .field("images", p.counts.images)
      .field("looked_at", p.counts.looked_at)
      .field("images_with_faces", p.counts.images_with_faces);
  return json.end_object().take();
}

}  // namespace

void ScreenProgressPrinter::update(const screen::ScreenProgress& p) {
  const auto seconds = line_.seconds_if_due();
  if (!seconds) return;
  if (line_.is_json()) return line_.print_json(json_line(p, *seconds));
  std::optional<double> share;
  if (p.input.total_bytes > 0)
    share = std::min(1.0, static_cast<double>(p.input.done_bytes) / static_cast<double>(p.input.total_bytes));
  line_.print(share, facts(p, *seconds));
}

}  // namespace visionshard::cli
