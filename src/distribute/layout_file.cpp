#include "distribute/layout_file.h"

#include <algorithm>

#include "base/file.h"
#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::distribute {
namespace {

std::vector<std::uint64_t> numbers_in(simdjson::dom::array array) {
  std::vector<std::uint64_t> numbers;
  for (const auto number : array) numbers.push_back(std::uint64_t(number));
  return numbers;
}

DroppedExamples dropped_in(const std::vector<std::uint64_t>& n) {
  const auto small = [&](std::size_t i) { return static_cast<std::uint32_t>(n.at(i)); };
  DroppedExamples dropped{{small(2), small(3), small(4), small(5), small(6), {}}, n.at(0), n.at(1)};
  for (std::size_t i = 0; i < dropped.tally.conversions.size(); ++i) dropped.tally.conversions[i] = small(7 + i);
  return dropped;
}

}  // namespace

// A shard's numbers are an array: a job of tens of terabytes has tens of thousands of them.
std::string layout_text(const JobPlan& plan, const Layout& layout) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object().field("plan", plan.id);
  json.begin_array("part_bytes");
  for (const PartData& part : layout.parts) json.field("", part.bytes);
  json.end_array().begin_array("part_xxh128");
  for (const PartData& part : layout.parts) json.field("", part.xxh128);
  json.end_array()
      .field("shard_columns", "part offset bytes examples image_examples images first_drop")
      .begin_array("shards");
  for (const PlannedShard& s : layout.shards) {
    json.begin_array();
    for (const std::uint64_t number : {s.part, s.offset, s.bytes, s.examples, s.image_examples, s.images, s.first_drop})
      json.field("", number);
    json.end_array();
  }
  json.end_array()
      .field("drops_name", layout.drops_name)
      .field("drops_bytes", layout.drops_bytes)
      .field("dropped_columns", "examples bytes kept relabelled converted shrunk dropped conversions...")
      .begin_array("dropped");
  for (const DroppedExamples& d : layout.dropped) {
    json.begin_array().field("", d.examples).field("", d.bytes);
    for (const std::uint64_t number :
         {d.tally.kept, d.tally.relabelled, d.tally.converted, d.tally.shrunk, d.tally.dropped})
      json.field("", number);
    for (const std::uint64_t number : d.tally.conversions) json.field("", number);
    json.end_array();
  }
  return json.end_array().end_object().take();
}

RunResult<std::optional<Layout>> read_layout(const JobPaths& paths, const JobPlan& plan) {
  const std::string path = paths.in_work(output::layout_name);
  auto text = VISIONSHARD_TRY(read_file(path));
  if (!text) return std::nullopt;
  bool is_ours = false;
  auto layout = read_json(*text, path, [&](const JsonReader& reader) {
    is_ours = reader.text("plan") == plan.id;
    Layout read;
    for (const auto bytes : reader.array("part_bytes")) read.parts.push_back({std::uint64_t(bytes), ""});
    std::size_t i = 0;
    for (const auto digest : reader.array("part_xxh128")) read.parts.at(i++).xxh128 = std::string_view(digest);
    for (const auto shard : reader.array("shards")) {
      const auto n = numbers_in(shard);
      read.shards.push_back({n.at(0), n.at(1), n.at(2), n.at(3), n.at(4), n.at(5), n.at(6)});
    }
    read.drops_name = reader.text("drops_name");
    read.drops_bytes = reader.number("drops_bytes");
    for (const auto dropped : reader.array("dropped")) read.dropped.push_back(dropped_in(numbers_in(dropped)));
    const bool holds = std::ranges::all_of(read.shards, [&](const PlannedShard& shard) {
      return shard.part < read.parts.size() && shard.offset <= read.parts[shard.part].bytes &&
             shard.first_drop <= read.drops_bytes / sizeof(DropRecord);
    });
    if (is_ours && (!holds || read.parts.size() != plan.parts() || i != read.parts.size())) throw JsonReader::NotOurs();
    return read;
  });
  if (!layout) return tl::unexpected(layout.error());
  if (!is_ours) return std::nullopt;
  return std::move(*layout);
}

}  // namespace visionshard::distribute
