#include "report/page_gallery.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/number_text.h"
#include "base64/base64.h"
#include "report/page_elements.h"

namespace visionshard::report {
namespace {

std::string base64_text(std::string_view bytes) {
  std::string text(base64::encoded_length(bytes.size()), '\0');
  base64::encode(as_bytes(bytes), text.data());
  return text;
}

std::string described(const SamplePicture& picture) {
  const ImageFacts& facts = picture.facts;
  std::string text = fmt::format("{} {}, {} × {}, {}", facts.format, facts.mode, grouped(facts.size.width),
                                 grouped(facts.size.height), byte_size(facts.bytes));
  if (picture.jpeg_quality) text += fmt::format(", quality {}", *picture.jpeg_quality);
  return text;
}

std::string byte_change(const ImageSample& sample) {
  const double before = static_cast<double>(sample.before.facts.bytes);
  const double change = (static_cast<double>(sample.after.facts.bytes) / before - 1) * 100;
  return fmt::format("{}{:.0f} % bytes", change < 0 ? "−" : "+", change < 0 ? -change : change);
}

void append_entry(std::string& page, const GalleryEntry& entry) {
  const ImageSample& sample = entry.sample;
  page += "<li><figure><div class=\"pair\">\n";
  append_picture(page, sample.kind == SampleKind::rejected ? "as it came" : "before", sample.before);
  if (sample.kind != SampleKind::rejected) append_picture(page, "after", sample.after);
  page += "</div>\n<figcaption>";
  if (sample.kind == SampleKind::rejected) {
    page += fmt::format("<p><span class=\"tag bad\">{}</span></p><p>{}</p>", page_text(sample.reason),
                        page_text(sample.detail, 300));
  } else {
    page += "<p>";
    for (const std::string& conversion : sample.conversions)
      page += fmt::format("<span class=\"tag\">{}</span> ", page_text(conversion));
    page += byte_change(sample);
    if (sample.psnr_db > 0) page += fmt::format(", PSNR {:.1f} dB", sample.psnr_db);
    page += "</p>";
  }
  page += fmt::format("<p class=\"place\">{}:{} {}</p></figcaption></figure></li>\n", page_text(entry.file, 200),
                      entry.line, page_text(entry.pointer, 200));
}

void append_group(std::string& page, const RunReport& report, SampleKind kind, std::string_view title) {
  bool any = false;
  for (const GalleryEntry& entry : report.gallery) {
    if (entry.sample.kind != kind) continue;
    if (!any) page += fmt::format("<h3>{}</h3>\n<ul class=\"gallery\">\n", title);
    any = true;
    append_entry(page, entry);
  }
  if (any) page += "</ul>\n";
}

}  // namespace

void append_picture(std::string& page, std::string_view when, const SamplePicture& picture) {
  const std::string text = described(picture);
  page += "<div class=\"picture\">";
  if (picture.thumbnail.empty())
    page += "<div class=\"blank\">no picture</div>";
  else
    page += fmt::format("<img src=\"data:image/jpeg;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}: {}\">",
                        base64_text(picture.thumbnail), picture.thumbnail_size.width, picture.thumbnail_size.height,
                        when, text);
  page += fmt::format("<p><b>{}</b> {}</p></div>\n", when, text);
}

void append_gallery(std::string& page, const RunReport& report) {
  const Section section(page, "gallery", "Gallery");
  if (report.parts > 0) {
    page +=
        "<p class=\"none\">This job was put together from parts made on other machines, which keep no pictures.</p>\n";
    return;
  }
  if (report.lines_before_resumption > 0)
    page += fmt::format("<p>The run was resumed after {} lines; of what was done before, no pictures were kept.</p>\n",
                        grouped(report.lines_before_resumption));
  if (report.gallery.empty()) {
    page += "<p class=\"none\">There are no pictures of what was changed or rejected.</p>\n";
    return;
  }
  page += "<p>A few of each kind, in the order of the input. Pictures are small copies.</p>\n";
  append_group(page, report, SampleKind::converted, "Converted");
  append_group(page, report, SampleKind::shrunk, "Made smaller");
  append_group(page, report, SampleKind::rejected, "Rejected, where the image can be shown");
}

}  // namespace visionshard::report
