#include "report/page_shaping.h"

#include <fmt/format.h>

#include "report/page_elements.h"
#include "report/page_near_duplicates.h"

namespace visionshard::report {
namespace {

void append_exclusions(std::string& page, const RunReport& report) {
  {
    Table table(page, "Excluded lines by reason", {{"reason"}, {"meaning"}, {"lines", true}});
    for (const auto& [reason, excluded] : report.exclusions)
      table.row(name(reason), exclusion_meaning(reason), excluded.lines);
  }
  for (const auto& [reason, excluded] : report.exclusions) {
    if (excluded.first.empty()) continue;
    page += fmt::format("<h3>{}</h3>\n<ul class=\"places\">\n", name(reason));
    for (const RejectedPlace& place : excluded.first)
      page += fmt::format("<li><span class=\"place\">{}:{}</span></li>\n", page_text(place.file, 200), place.line);
    page += "</ul>\n";
    if (excluded.lines > excluded.first.size())
      page += fmt::format("<p class=\"none\">and {} more</p>\n", grouped(excluded.lines - excluded.first.size()));
  }
}

void append_split(std::string& page, const SplitReport& split) {
  {
    Table table(page, "Training and validation", {{"what"}, {"number", true}});
    table.row("examples to train", split.train);
    table.row("examples to validate", split.validation);
    table.row("groups, each on one side", split.groups);
    table.row("examples in groups of more than one", split.connected_examples);
    table.row("examples in the largest group", split.largest_group);
    table.row("images or values on both sides, if each example chose its own", split.shared_images_alone);
    table.row("the same with groups", std::uint64_t{0});
    if (split.earlier_examples > 0) {
      table.row("examples of the earlier run", split.earlier_examples);
      table.row("groups joined from both of its sides, now to train", split.merged_groups);
      table.row("examples that went from validation to train with them", split.moved_examples);
    }
  }
  if (split.frequent_images.empty()) return;
  page +=
      "<p>Images on more than 1 % of the lines, and at least 10, such as few-shot prefixes, connect no examples. "
      "They are on both sides.</p>\n";
  Table table(page, "Frequent images", {{"SHA-256"}, {"lines", true}});
  for (const FrequentImage& image : split.frequent_images)
    table.row(image.sha256.empty() ? "an image by URL, or as it was before it was converted" : image.sha256,
              image.lines);
}

}  // namespace

bool has_shaping(const RunReport& report) noexcept {
  return !report.exclusions.empty() || report.split.any() || report.near_duplicates.looked_for;
}

void append_shaping(std::string& page, const RunReport& report) {
  if (!has_shaping(report)) return;
  const Section section(page, "shaping", "The training set");
  if (report.split.any()) append_split(page, report.split);
  if (!report.exclusions.empty()) append_exclusions(page, report);
  if (report.near_duplicates.looked_for) append_near_duplicates(page, report);
}

}  // namespace visionshard::report
