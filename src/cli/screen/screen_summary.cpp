#include "cli/screen/screen_summary.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/number_text.h"

namespace visionshard::cli {

std::string screen_text(const screen::ScreenReport& report) {
  const screen::ScreenCounts& c = report.counts;
  std::string out = fmt::format("faces seen: {} in {}, on {}\n", grouped(c.faces),
                                counted(c.images_with_faces, "image"), counted(c.lines_with_faces, "line"));
  out += fmt::format("looked at {} of {} on {}, {} different, in {:.1f} s\n", grouped(c.looked_at),
                     counted(c.images, "image"), counted(c.lines - c.blank, "line"), grouped(report.detections),
                     report.seconds);
  if (c.urls > 0)
    out += fmt::format("not looked at: {} by URL; visionshard fetch downloads them, and --store looks at them\n",
                       counted(c.urls, "image"));
  for (const auto& [code, number] : c.unreadable)
    out += fmt::format("not looked at: {}, {}\n", counted(number, "image"), code);
  if (c.unreadable_lines > 0)
    out += fmt::format("not looked at: {} that visionshard check explains\n", counted(c.unreadable_lines, "line"));
  return out + "This is advice: faces are missed, and other things are taken for faces.\n";
}

std::string screen_json(const screen::ScreenReport& report) {
  const screen::ScreenCounts& c = report.counts;
  JsonWriter json;
  json.begin_object()
      .field("lines", c.lines)
      .field("blank", c.blank)
      .field("unreadable_lines", c.unreadable_lines)
      .field("images", c.images)
      .field("looked_at", c.looked_at)
      .field("urls_not_looked_at", c.urls)
      .begin_object("unreadable");
  for (const auto& [code, number] : c.unreadable) json.field(code, number);
  json.end_object()
      .field("detections", report.detections)
      .field("images_with_faces", c.images_with_faces)
      .field("lines_with_faces", c.lines_with_faces)
      .field("faces", c.faces)
      .field("seconds", report.seconds)
      .field("threads", std::uint64_t{report.threads});
  return json.end_object().take();
}

}  // namespace visionshard::cli
