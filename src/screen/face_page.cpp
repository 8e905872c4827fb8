#include "screen/face_page.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include "base/number_text.h"
#include "base64/base64.h"
#include "report/page_elements.h"
#include "screen/face_list.h"

namespace visionshard::screen {
namespace {

using report::page_text;

constexpr std::string_view face_style = R"css(
.faces svg { display: block; max-width: 100%; height: auto; margin: 0 auto; border-radius: 4px; }
.faces rect { fill: none; stroke: #fff; stroke-width: 3; }
.faces rect + rect.mark { stroke: #c2185b; stroke-width: 1.5; }
)css";

std::string base64_text(ByteView bytes) {
  std::string text(base64::encoded_length(bytes.size()), '\0');
  base64::encode(bytes, text.data());
  return text;
}

void append_picture(std::string& page, const ScreenedImage& image) {
  const ImageSize size = image.thumbnail_size;
  page += fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"picture with {2} marked\">"
      "<image href=\"data:image/jpeg;base64,{3}\" width=\"{0}\" height=\"{1}\"/>",
      size.width, size.height, counted(image.faces.size(), "face"), base64_text(image.thumbnail));
  const double across = static_cast<double>(size.width) / image.size.width;
  const double down = static_cast<double>(size.height) / image.size.height;
  // A light line below the colored one: it shows on any ground.
  for (const Face& face : image.faces)
    for (const char* const kind : {"", " class=\"mark\""})
      page += fmt::format("<rect{} x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", kind,
                          face.left * across, face.top * down, face.width * across, face.height * down);
  page += "</svg>\n";
}

void append_entry(std::string& page, const ImageWithFaces& found, const std::vector<std::string>& sources) {
  const ScreenedImage& image = found.image;
  page += "<li><figure>\n";
  append_picture(page, image);
  page += "<figcaption><p>";
  for (const Face& face : image.faces) page += fmt::format("<span class=\"tag\">{:.2f}</span> ", face.score);
  page += fmt::format("{} × {}, on {}</p>", grouped(image.size.width), grouped(image.size.height),
                      counted(found.lines, "line"));
  for (const Place& place : found.places)
    page += fmt::format("<p class=\"place\">{}</p>", page_text(place_text(place, sources), 200));
  page += fmt::format("<p class=\"place\">{}</p></figcaption></figure></li>\n", hexadecimal(image.sha256));
}

void append_head(std::string& page, const ScreenCounts& counts) {
  report::begin_page(page, "visionshard-screen: faces seen", "Faces seen",
                     fmt::format("{} in {}, on {}; looked at {}.", counted(counts.faces, "face"),
                                 counted(counts.images_with_faces, "image"), counted(counts.lines_with_faces, "line"),
                                 counted(counts.looked_at, "image")),
                     face_style);
  page += "</header>\n<main id=\"main\" tabindex=\"-1\">\n";
}

void append_limits(std::string& page, const ScreenOptions& options, const ScreenCounts& counts) {
  const report::Section section(page, "limits", "What this is, and is not");
  page += fmt::format(
      "<p>Advice for a person who looks. A detector for upright faces that look at the camera marked these pictures, "
      "each "
      "brought to {} pixels on its longer side. It misses faces in profile, turned, covered or small, and takes "
      "other "
      "things for faces. A score says how sure the detector is; it begins at {}.</p>\n"
      "<p>Nothing here says whether a provider takes or skips an example. Providers also skip images of people whose "
      "face "
      "cannot be seen, of children, and CAPTCHAs, which are not looked for.</p>\n",
      options.detection.largest_side, options.detection.min_score);
  std::uint64_t unreadable = 0;
  for (const auto& [code, number] : counts.unreadable) unreadable += number;
  if (counts.urls + unreadable + counts.unreadable_lines > 0)
    page += fmt::format("<p>Not looked at: {} by URL, {} that cannot be read, and {} that cannot be read.</p>\n",
                        counted(counts.urls, "image"), counted(unreadable, "image"),
                        counted(counts.unreadable_lines, "line"));
}

void append_pictures(std::string& page, const ScreenReport& report) {
  const report::Section section(page, "pictures", "Pictures");
  if (report.images.empty()) {
    page += "<p class=\"none\">No faces were seen.</p>\n";
    return;
  }
  if (report.images.size() > max_thumbnails)
    page += fmt::format("<p>The first {} of {} images, in the order of the input.</p>\n", max_thumbnails,
                        grouped(report.images.size()));
  page += "<ul class=\"gallery faces\">\n";
  for (const ImageWithFaces& found : report.images)
    if (!found.image.thumbnail.empty()) append_entry(page, found, report.sources);
  page += "</ul>\n";
}

}  // namespace

std::string face_page(const ScreenOptions& options, const ScreenReport& report) {
  std::string page;
  append_head(page, report.counts);
  append_limits(page, options, report.counts);
  append_pictures(page, report);
  page += fmt::format("</main>\n<footer><p>visionshard-screen {}</p></footer>\n</body>\n</html>\n", version);
  return page;
}

}  // namespace visionshard::screen
