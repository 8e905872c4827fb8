#include "report/page_near_duplicates.h"

#include <fmt/format.h>

#include "report/page_elements.h"
#include "report/page_gallery.h"

namespace visionshard::report {
namespace {

std::string place_of(const NearPicture& picture) {
  return fmt::format("{}:{}, image {}, quality {}", page_text(picture.file, 200), picture.line, picture.image,
                     picture.quality);
}

void append_pair(std::string& page, const NearPair& pair) {
  page += "<li><figure><div class=\"pair\">\n";
  append_picture(page, "first", pair.first.shown);
  append_picture(page, "second", pair.second.shown);
  page += fmt::format("</div>\n<figcaption><p><span class=\"tag\">{} of 256 bits differ</span></p>", pair.distance);
  for (const NearPicture* const picture : {&pair.first, &pair.second})
    page += fmt::format("<p class=\"place\">{}</p>", place_of(*picture));
  page += "</figcaption></figure></li>\n";
}

}  // namespace

void append_near_duplicates(std::string& page, const RunReport& report) {
  const NearDuplicatesReport& near = report.near_duplicates;
  {
    Table table(page, "Near-duplicates", {{"what"}, {"number", true}});
    table.row("images compared", near.hashed_images);
    table.row("images without features, such as plain areas", near.flat_images);
    table.row("images that could not be decoded to be compared", near.undecodable_images);
    table.row("images by URL, which are not looked at", report.images_by_url);
    table.row("pictures on more than 1 % of the lines, left aside", near.frequent_pictures);
    table.row("different pictures, by their bytes", near.pictures);
    table.row("pairs of near-duplicates",
              Figure{fmt::format("{}{}", near.has_more_pairs ? "at least " : "", grouped(near.pairs))});
    table.row("pictures in these pairs", near.near_pictures);
    table.row("examples with such a picture", near.near_examples);
    table.row("groups of pictures that near-duplicates connect", near.groups);
    table.row("pictures in the largest group", near.largest_group);
  }
  if (near.shown.empty()) return;
  page +=
      "<h3>Near-duplicates that differ most</h3>\n<p>Pictures are near-duplicates where at most 31 bits of their PDQ "
      "hashes differ. Of each group the two that differ most, first those of most bits: where a picture is taken for "
      "another, it is here. Places are the first of each picture; pictures are small copies.</p>\n"
      "<ul class=\"gallery\">\n";
  for (const NearPair& pair : near.shown) append_pair(page, pair);
  page += "</ul>\n";
}

}  // namespace visionshard::report
