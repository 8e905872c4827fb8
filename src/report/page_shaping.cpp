#include "report/page_shaping.h"

#include <fmt/format.h>

#include "report/page_elements.h"

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

}  // namespace

bool has_shaping(const RunReport& report) noexcept { return !report.exclusions.empty(); }

void append_shaping(std::string& page, const RunReport& report) {
  if (!has_shaping(report)) return;
  const Section section(page, "shaping", "The training set");
  if (!report.exclusions.empty()) append_exclusions(page, report);
}

}  // namespace visionshard::report
