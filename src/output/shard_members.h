// What is said of a shard: in the manifest, the journal and the records of a job over many machines.
#pragma once

#include <visionshard/report.h>

#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::output {

/// The members of a shard's object, in the manifest's order.
inline void write_shard_members(JsonWriter& json, const ShardInfo& shard) {
  json.field("path", shard.path).field("bytes", shard.bytes).field("xxh128", shard.xxh128);
  if (!shard.sha256.empty()) json.field("sha256", shard.sha256);
  json.field("examples", shard.examples).field("image_examples", shard.image_examples).field("images", shard.images);
}

/// A manifest of version 1 has sha256 only. Throws JsonReader::NotOurs.
inline ShardInfo read_shard_members(const JsonReader& reader) {
  ShardInfo shard{reader.text("path"),           reader.number("bytes"),    reader.text_or_none("xxh128"),
                  reader.text_or_none("sha256"), reader.number("examples"), reader.number("image_examples"),
                  reader.number("images")};
  return shard;
}

}  // namespace visionshard::output
