#include "report/html.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "report/page_elements.h"
#include "report/page_gallery.h"
#include "report/page_images.h"
#include "report/page_run.h"
#include "report/page_shaping.h"

namespace visionshard::report {
namespace {

constexpr const char* shaping_id = "shaping";
constexpr std::array sections = {
    std::pair("summary", "Summary"),         std::pair("images", "Images"),   std::pair("formats", "Formats"),
    std::pair("conversions", "Conversions"), std::pair("rejects", "Rejects"), std::pair(shaping_id, "Training set"),
    std::pair("gallery", "Gallery"),         std::pair("shards", "Shards"),   std::pair("inputs", "Inputs"),
    std::pair("options", "Options"),         std::pair("time", "Time")};

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1));
}

void append_head(std::string& page, const RunReport& report) {
  begin_page(page, "visionshard report", "visionshard report",
             fmt::format("{} of {} written to {}; {} rejected.", grouped(report.counts.written),
                         counted(report.counts.lines - report.counts.blank, "example"),
                         counted(report.shards.size(), "shard"), grouped(report.counts.rejected)));
  page += "<nav aria-label=\"Sections\"><ul>\n";
  for (const auto& [id, title] : sections)
    if (id != shaping_id || has_shaping(report)) page += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, title);
  page += "</ul></nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n";
}

void append_card(std::string& page, std::string_view name, const std::string& value, const std::string& note) {
  page += fmt::format("<div><dt>{}</dt><dd>{}<span class=\"note\">{}</span></dd></div>\n", name, value, note);
}

void append_cards(std::string& page, const RunReport& report) {
  const Counts& c = report.counts;
  page += "<dl class=\"cards\">\n";
  append_card(page, "Lines read", grouped(c.lines),
              fmt::format("{} blank, {}{}", grouped(c.blank), counted(c.duplicates, "duplicate"),
                          c.excluded > 0 ? fmt::format(", {} excluded", grouped(c.excluded)) : ""));
  append_card(page, "Examples written", grouped(c.written),
              fmt::format("{:.1f} % of the examples", 100 * share(c.written, c.lines - c.blank)));
  append_card(
      page, "Rejected", grouped(c.rejected),
      counted(report.rejects.size() - static_cast<std::size_t>(std::ranges::count(report.rejects, 0u)), "reason"));
  append_card(page, "Images", grouped(c.images),
              fmt::format("{} converted or shrunk", grouped(c.images_converted + c.images_shrunk)));
  append_card(page, "Text read", byte_size(report.input_bytes), counted(report.inputs.size(), "input"));
  append_card(page, "Text written", byte_size(report.output_bytes), counted(report.shards.size(), "shard"));
  page += "</dl>\n";
}

void append_outcomes(std::string& page, const Counts& c) {
  struct Outcome {
    std::string_view kind, meaning;
    std::uint64_t images;
  };
  const std::array outcomes = {Outcome{"kept", "kept as they were, byte for byte", c.images_kept},
                               Outcome{"relabelled", "same image, corrected text around it", c.images_relabelled},
                               Outcome{"converted", "converted", c.images_converted},
                               Outcome{"shrunk", "shrunk under the byte limit", c.images_shrunk},
                               Outcome{"dropped", "dropped from their examples", c.images_dropped}};
  const std::uint64_t all = c.images + c.images_dropped;
  if (all > 0) {
    page += "<div class=\"stack\" aria-hidden=\"true\">";
    for (const Outcome& outcome : outcomes)
      if (outcome.images > 0) page += bar(share(outcome.images, all), outcome.kind);
    page += "</div>\n";
  }
  Table table(page, "What became of the images", {{"images"}, {"number", true}, {"share", true}});
  for (const Outcome& outcome : outcomes)
    table.row(Markup{fmt::format("<i class=\"swatch {}\"></i>{}", outcome.kind, outcome.meaning)}, outcome.images,
              Figure{fmt::format("{:.1f} %", 100 * share(outcome.images, all))});
}

void append_reduced(std::string& page, const RunReport& report) {
  if (!report.loss.empty())
    page += fmt::format("<p>To fit, all images took this loss: {}.</p>\n", page_text(report.loss));
  const ReducedImages& r = report.reduced;
  if (r.images == 0) return;
  Table table(page, "Images made smaller for the model or the file", {{"what"}, {"before", true}, {"after", true}});
  table.row("images", r.images, r.images);
  table.row("bytes", r.bytes_before, r.bytes_after);
  table.row("tokens, gpt-4o and gpt-4.1", r.tokens_before.tiles, r.tokens_after.tiles);
  table.row("tokens, gpt-4.1-mini", r.tokens_before.patches_mini, r.tokens_after.patches_mini);
  table.row("tokens, gpt-4.1-nano", r.tokens_before.patches_nano, r.tokens_after.patches_nano);
}

void append_summary(std::string& page, const RunReport& report) {
  const Section section(page, "summary", "Summary");
  append_cards(page, report);
  for (const std::string& warning : report.warnings)
    page += fmt::format("<p class=\"warning\"><b>Warning:</b> {}</p>\n", page_text(warning));
  append_outcomes(page, report.counts);
  append_reduced(page, report);
}

void append_conversions(std::string& page, const RunReport& report) {
  const Section section(page, "conversions", "Conversions by kind");
  if (report.conversions.empty()) {
    page += "<p class=\"none\">Nothing was changed.</p>\n";
    return;
  }
  page += "<p>An image can be of several kinds.</p>\n";
  std::vector<std::pair<std::string_view, std::uint64_t>> kinds(report.conversions.begin(), report.conversions.end());
  std::ranges::stable_sort(kinds, std::greater(), &decltype(kinds)::value_type::second);
  Table table(page, "Conversions", {{"kind"}, {"share of the most frequent"}, {"images", true}});
  for (const auto& [kind, images] : kinds)
    table.row(kind, Markup{"<div class=\"bars\">" + bar(share(images, kinds.front().second), "converted") + "</div>"},
              images);
}

void append_first_rejects(std::string& page, FaultCode code, const RunReport& report) {
  page += fmt::format("<h3><span class=\"tag bad\">{}</span> {}</h3>\n", name(code), page_text(meaning(code)));
  const auto first = report.first_rejects.find(code);
  if (first == report.first_rejects.end()) return;
  page += "<ul class=\"places\">\n";
  for (const RejectedPlace& place : first->second)
    page += fmt::format("<li><span class=\"place\">{}:{} {}</span> <span>{}</span></li>\n", page_text(place.file, 200),
                        place.line, page_text(place.pointer, 200), page_text(place.detail, 300));
  page += "</ul>\n";
  const std::uint64_t lines = report.rejects[static_cast<std::size_t>(code)];
  if (lines > first->second.size())
    page += fmt::format("<p class=\"none\">and {} more</p>\n", grouped(lines - first->second.size()));
}

void append_rejects(std::string& page, const RunReport& report) {
  const Section section(page, "rejects", "Rejects by reason");
  if (report.counts.rejected == 0) {
    page += "<p class=\"none\">No line was rejected.</p>\n";
    return;
  }
  std::vector<FaultCode> codes;
  for (std::size_t i = 0; i < fault_code_count; ++i)
    if (report.rejects[i] > 0) codes.push_back(static_cast<FaultCode>(i));
  const auto lines_of = [&](FaultCode code) { return report.rejects[static_cast<std::size_t>(code)]; };
  std::ranges::stable_sort(codes, std::greater(), lines_of);
  {
    Table table(page, "Lines by reason", {{"reason"}, {"share of the most frequent"}, {"lines", true}});
    for (const FaultCode code : codes)
      table.row(
          name(code),
          Markup{"<div class=\"bars\">" + bar(share(lines_of(code), lines_of(codes.front())), "rejects") + "</div>"},
          lines_of(code));
  }
  for (const FaultCode code : codes) append_first_rejects(page, code, report);
}

std::string digests_of(const ShardInfo& shard) {
  std::string text = "<code>" + shard.xxh128 + "</code>";
  return shard.sha256.empty() ? text : text + "<br><code>" + shard.sha256 + "</code>";
}

void append_shards(std::string& page, const RunReport& report) {
  const Section section(page, "shards", "Shards");
  if (report.shards.empty()) {
    page += "<p class=\"none\">No shard was written.</p>\n";
    return;
  }
  Table table(page, "Shards in their order",
              {{"file"},
               {"bytes", true},
               {"examples", true},
               {"with images", true},
               {"images", true},
               {"XXH3-128, or also SHA-256"}});
  for (const ShardInfo& s : report.shards)
    table.row(s.path, s.bytes, s.examples, s.image_examples, s.images, Markup{digests_of(s)});
}

void append_inputs(std::string& page, const RunReport& report) {
  const Section section(page, "inputs", "Inputs");
  Table table(page, "Inputs in their order", {{"file"}, {"bytes", true}, {"lines", true}});
  for (const InputFile& input : report.inputs)
    table.row(Markup{"<span class=\"place\">" + page_text(input.path) + "</span>"}, input.bytes, input.lines);
}

}  // namespace

std::string report_html(const ConvertOptions& options, const RunReport& report) {
  std::string page;
  append_head(page, report);
  append_summary(page, report);
  append_images(page, report);
  append_conversions(page, report);
  append_rejects(page, report);
  append_shaping(page, report);
  append_gallery(page, report);
  append_shards(page, report);
  append_inputs(page, report);
  append_options(page, options);
  append_times(page, report);
  page += fmt::format("</main>\n<footer><p>Made by visionshard {}.</p></footer>\n</body>\n</html>\n", version);
  return page;
}

}  // namespace visionshard::report
