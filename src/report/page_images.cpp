#include "report/page_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "report/page_elements.h"

namespace visionshard::report {
namespace {

using Label = std::string (*)(std::uint64_t first, std::uint64_t last);

std::string plain_range(std::uint64_t first, std::uint64_t last) {
  return first == last ? grouped(first) : fmt::format("{} – {}", grouped(first), grouped(last));
}

// Buckets are cut at powers of two and halfway between them, so that these numbers are short.
std::string byte_range(std::uint64_t first, std::uint64_t last) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < units.size() && first >> (10 * unit) >= 1024) ++unit;
  const auto shown = [&](std::uint64_t bytes) {
    return fmt::format("{:g}", static_cast<double>(bytes) / static_cast<double>(std::uint64_t{1} << (10 * unit)));
  };
  return fmt::format("{} – {} {}", shown(first), shown(last + 1), units[unit]);
}

std::uint64_t last_value(std::size_t bucket) {
  return Histogram::lower_bound(bucket < 4 ? bucket + 2 : bucket + 1) - 1;
}

bool is_empty(const Histogram& before, const Histogram& after, std::size_t bucket) {
  return before.buckets[bucket] == 0 && after.buckets[bucket] == 0;
}

void append_histogram(std::string& page, std::string_view caption, const Histogram& before, const Histogram& after,
                      Label label) {
  std::size_t first = 0, end = Histogram::bucket_count;
  while (first < end && is_empty(before, after, first)) ++first;
  while (end > first && is_empty(before, after, end - 1)) --end;
  const double most = static_cast<double>(
      std::max(*std::ranges::max_element(before.buckets), *std::ranges::max_element(after.buckets)));
  page += fmt::format(
      "<div class=\"chart\"><table class=\"histogram\">\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">from – "
      "to</th>"
      "<td aria-hidden=\"true\"></td><th scope=\"col\" class=\"n\">before</th><th scope=\"col\" "
      "class=\"n\">after</th></tr>"
      "</thead>\n<tbody>\n",
      caption);
  for (std::size_t i = first; i < end; ++i) {
    if (i == 1 || i == 3) continue;
    const std::uint64_t was = before.buckets[i], is = after.buckets[i];
    page += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"bars\" aria-hidden=\"true\">{}{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td></tr>\n",
        label(Histogram::lower_bound(i), last_value(i)), bar(static_cast<double>(was) / most, "before"),
        bar(static_cast<double>(is) / most, "after"), grouped(was), grouped(is));
  }
  page += "</tbody></table></div>\n";
}

// All kinds that occur, the most frequent first.
std::vector<ImageKindCount> kinds_of(const RunReport& report) {
  ImageStatistics both = report.images_before;
  both += report.images_after;
  std::ranges::stable_sort(both.kinds, std::greater(), &ImageKindCount::images);
  return both.kinds;
}

std::uint64_t images_of(const ImageStatistics& statistics, const ImageKindCount& wanted) {
  for (const ImageKindCount& kind : statistics.kinds)
    if (kind.format == wanted.format && kind.mode == wanted.mode) return kind.images;
  return 0;
}

void append_sizes(std::string& page, const RunReport& report) {
  const ImageStatistics &before = report.images_before, &after = report.images_after;
  page +=
      "<p class=\"legend\"><span><i class=\"swatch before\"></i>before</span>"
      "<span><i class=\"swatch after\"></i>after</span></p>\n<div class=\"charts\">\n";
  append_histogram(page, "Images by bytes", before.bytes, after.bytes, byte_range);
  append_histogram(page, "Images by longest side, in pixels", before.longest_sides, after.longest_sides, plain_range);
  append_histogram(page, "Images by tokens", before.tokens, after.tokens, plain_range);
  page += "</div>\n";
  Table table(page, "All of them together", {{"what"}, {"before", true}, {"after", true}});
  table.row("bytes of images", before.bytes.total, after.bytes.total);
  table.row("largest image, in bytes", before.bytes.largest, after.bytes.largest);
  table.row("longest side, in pixels", before.longest_sides.largest, after.longest_sides.largest);
  table.row("tokens", before.tokens.total, after.tokens.total);
  table.row("most tokens of one image", before.tokens.largest, after.tokens.largest);
}

}  // namespace

void append_images(std::string& page, const RunReport& report) {
  const std::vector<ImageKindCount> kinds = kinds_of(report);
  {
    const Section section(page, "images", "Images");
    page +=
        "<p>Of the examples that were written, as they came and as they are now. Tokens are counted as models that "
        "count tiles do (gpt-4o, gpt-4.1).</p>\n";
    // Parts are counted before it is known which of their examples another part has too.
    std::uint64_t counted = report.images_by_url;
    for (const ImageKindCount& kind : report.images_after.kinds) counted += kind.images;
    if (report.counts.duplicates > 0 && counted > report.counts.images)
      page += "<p>Images of examples that were left out as duplicates are among them.</p>\n";
    if (report.exclusions.contains(Exclusion::near_duplicate))
      page += "<p>Images of examples that were left out as near-duplicates are among them.</p>\n";
    if (report.images_by_url > 0)
      page += fmt::format("<p>Given by URL, and so not looked at: {}.</p>\n", grouped(report.images_by_url));
    if (kinds.empty())
      page += "<p class=\"none\">There is no image to count.</p>\n";
    else
      append_sizes(page, report);
  }
  const Section section(page, "formats", "Formats and modes");
  if (kinds.empty()) {
    page += "<p class=\"none\">There is no image to count.</p>\n";
    return;
  }
  const double most = static_cast<double>(std::ranges::max(kinds, {}, &ImageKindCount::images).images);
  Table table(page, "Images by format and mode", {{"format"}, {"mode"}, {"share"}, {"before", true}, {"after", true}});
  for (const ImageKindCount& kind : kinds) {
    const std::uint64_t was = images_of(report.images_before, kind), is = images_of(report.images_after, kind);
    table.row(kind.format, kind.mode,
              Markup{"<div class=\"bars\">" + bar(static_cast<double>(was) / most, "before") +
                     bar(static_cast<double>(is) / most, "after") + "</div>"},
              was, is);
  }
}

}  // namespace visionshard::report
