#include "distribute/shown_pairs.h"

#include <chrono>
#include <optional>

#include "base/json_pointer.h"
#include "base/machine.h"
#include "convert/convert_processor.h"
#include "distribute/written_example.h"
#include "example/parse.h"
#include "report/painter.h"

namespace visionshard::distribute {
namespace {

constexpr std::chrono::seconds most_time_for_pictures{2};

// The value without quotes of image number `image` of a line as it is written: of its parts, or of a list beside the
// messages. `line` has example::line_padding bytes after it.
std::optional<std::string> image_value(std::string_view line, std::uint64_t image, const LineOptions& options) {
  if (options.layout != OutputLayout::chat)
    if (auto value = json::value_at(line, fmt::format("/images/{}", image)))
      return value->size() >= 2 ? std::optional(value->substr(1, value->size() - 2)) : std::nullopt;
  example::LineParser parser;
  example::ExampleSpans spans;
  if (!parser.parse(line, spans)) return std::nullopt;
  for (const example::Message& message : spans.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i) {
      const example::Part& part = spans.parts[i];
      if (!part.is_image() || part.url != example::Shape::string) continue;
      if (image-- > 0) continue;
      return std::string(line.substr(part.url_range.begin + 1, part.url_range.size() - 2));
    }
  return std::nullopt;
}

class ShownPairs {
 public:
  ShownPairs(const ClusterJob& job, const std::vector<PartStart>& starts, RunReport& report)
      : job_(job), starts_(starts), report_(report) {}

  void show(const NearDuplicatesFound& found) {
    report_.near_duplicates = found.report;
    for (const PlacedPair& pair : found.pairs)
      report_.near_duplicates.shown.push_back(
          {static_cast<unsigned>(pair.distance), placed(pair.first), placed(pair.second)});
    for (const PicturePlace& dropped : found.first_dropped) {
      const NearPicture at = placed(dropped);
      report_.exclusions[Exclusion::near_duplicate].first.push_back({at.file, at.line, "", ""});
    }
  }

  RunResult<void> paint(const NearDuplicatesFound& found, const KeepRunning& keep_running) {
    if (found.pairs.empty()) return {};
    engine::Budget budget(machine_for(1, 0).memory_bytes);
    // Images that are written as files have paths below the output directory.
    const bool by_path = job_.plan.options.line.images == ImagePlace::files;
    auto context = VISIONSHARD_TRY(
        conversion::line_context(job_.plan.options, budget, by_path ? job_.paths.work : std::string(), nullptr));
    report::Allowance allowance(most_time_for_pictures);
    for (std::size_t i = 0; i < found.pairs.size(); ++i) {
      if (!keep_running()) return interrupted();
      NearPair& shown = report_.near_duplicates.shown[i];
      report::Painter painter(context, budget.bytes() / 4, allowance);
      VISIONSHARD_TRY(paint(painter, found.pairs[i].first, shown.first));
      VISIONSHARD_TRY(paint(painter, found.pairs[i].second, shown.second));
    }
    return {};
  }

 private:
  NearPicture placed(const PicturePlace& place) const {
    const PartStart& start = starts_.at(place.place >> 32);
    return {report_.inputs[start.file].path,
            start.lines_before + place.line,
            place.image + 1,
            static_cast<unsigned>(place.quality),
            {}};
  }

  RunResult<void> paint(report::Painter& painter, const PicturePlace& place, NearPicture& picture) const {
    auto line = VISIONSHARD_TRY(written_example(job_, place.place));
    const std::size_t bytes = line.size();
    line.append(example::line_padding, '\n');
    auto value = image_value(std::string_view(line).substr(0, bytes), place.image, job_.plan.options.line);
    if (!value) return {};
    value->append(example::line_padding, '\n');
    painter.paint(std::string_view(*value).substr(0, value->size() - example::line_padding), picture.shown);
    return {};
  }

  const ClusterJob& job_;
  const std::vector<PartStart>& starts_;
  RunReport& report_;
};

}  // namespace

RunResult<void> show_near_duplicates(const ClusterJob& job, const NearDuplicatesFound& found,
                                     const std::vector<PartStart>& starts, const KeepRunning& keep_running,
                                     RunReport& report) {
  ShownPairs shown(job, starts, report);
  shown.show(found);
  return shown.paint(found, keep_running);
}

}  // namespace visionshard::distribute
