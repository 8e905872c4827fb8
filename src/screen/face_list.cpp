#include "screen/face_list.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace visionshard::screen {

std::string place_text(const Place& place, const std::vector<std::string>& sources) {
  return fmt::format("{}:{}", sources[place.file], place.line);
}

std::string list_entry(const ImageWithFaces& found, const std::vector<std::string>& sources) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("image", hexadecimal(found.image.sha256))
      .field("width", std::uint64_t{found.image.size.width})
      .field("height", std::uint64_t{found.image.size.height})
      .begin_array("faces");
  for (const Face& face : found.image.faces)
    json.begin_object()
        .field("left", std::uint64_t{face.left})
        .field("top", std::uint64_t{face.top})
        .field("width", std::uint64_t{face.width})
        .field("height", std::uint64_t{face.height})
        .field("score", face.score)
        .end_object();
  json.end_array().field("lines", found.lines).begin_array("places");
  for (const Place& place : found.places) json.field({}, place_text(place, sources));
  return json.end_array().end_object().take();
}

}  // namespace visionshard::screen
