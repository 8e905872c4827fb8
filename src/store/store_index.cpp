#include "store/store_index.h"

#include "base/file.h"
#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::store {

std::string seal_text(const Seal& seal) {
  JsonWriter json;
  json.begin_object()
      .field("urls", seal.urls)
      .field("fetched", seal.fetched)
      .field("transient", seal.transient)
      .field("index_xxh128", seal.index_xxh128)
      .field("places_xxh128", seal.places_xxh128)
      .begin_array("segments");
  for (const std::string& name : seal.segments) json.field("", name);
  return json.end_array().end_object().take();
}

RunResult<std::optional<Seal>> read_seal(const StorePaths& paths) {
  const auto text = VISIONSHARD_TRY(read_file(paths.seal()));
  if (!text) return std::optional<Seal>();
  auto seal = VISIONSHARD_TRY(read_json(*text, paths.seal(), [](const JsonReader& reader) {
    Seal read;
    read.urls = reader.number("urls");
    if (read.urls > UINT64_MAX / sizeof(IndexRecord)) throw JsonReader::NotOurs();
    read.fetched = reader.number("fetched");
    read.transient = reader.number("transient");
    read.index_xxh128 = reader.text("index_xxh128");
    read.places_xxh128 = reader.text("places_xxh128");
    for (const auto name : reader.array("segments")) read.segments.emplace_back(std::string_view(name));
    return read;
  }));
  return std::optional(std::move(seal));
}

}  // namespace visionshard::store
