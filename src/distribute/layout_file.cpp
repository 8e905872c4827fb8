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
  if (n.at(0) != 1 && n.at(0) != 2) throw JsonReader::NotOurs();
  DroppedExamples dropped{n.at(0) == 1 ? output::LeftOut::duplicate : output::LeftOut::near_duplicate,
                          {small(3), small(4), small(5), small(6), small(7), small(8), {}},
                          n.at(1),
                          n.at(2)};
  for (std::size_t i = 0; i < dropped.tally.conversions.size(); ++i) dropped.tally.conversions[i] = small(9 + i);
  return dropped;
}

// One list for writing and reading: visit(key, number).
template <class Split, class Visit>
void each_number(Split& split, Visit visit) {
  visit("train", split.train);
  visit("validation", split.validation);
  visit("groups", split.groups);
  visit("connected_examples", split.connected_examples);
  visit("largest_group", split.largest_group);
  visit("shared_images_alone", split.shared_images_alone);
  visit("earlier_examples", split.earlier_examples);
  visit("moved_examples", split.moved_examples);
  visit("merged_groups", split.merged_groups);
}

void write_split(JsonWriter& json, const SplitReport& split) {
  json.begin_object("split");
  each_number(split, [&](const char* key, std::uint64_t number) { json.field(key, number); });
  json.begin_array("frequent_images");
  for (const FrequentImage& image : split.frequent_images)
    json.begin_object().field("sha256", image.sha256).field("lines", image.lines).end_object();
  json.end_array().end_object();
}

SplitReport split_in(const JsonReader& reader) {
  SplitReport split;
  each_number(split, [&](const char* key, std::uint64_t& number) { number = reader.number(key); });
  for (const auto element : reader.array("frequent_images")) {
    const JsonReader image{simdjson::dom::object(element)};
    split.frequent_images.push_back({image.text("sha256"), image.number("lines")});
  }
  return split;
}

template <class Report, class Visit>
void each_number_of_near(Report& r, Visit visit) {
  visit("hashed_images", r.hashed_images);
  visit("flat_images", r.flat_images);
  visit("undecodable_images", r.undecodable_images);
  visit("frequent_pictures", r.frequent_pictures);
  visit("pictures", r.pictures);
  visit("pairs", r.pairs);
  visit("near_pictures", r.near_pictures);
  visit("near_examples", r.near_examples);
  visit("groups", r.groups);
  visit("largest_group", r.largest_group);
}

void write_place(JsonWriter& json, const PicturePlace& p) {
  for (const std::uint64_t number : {p.place, p.line, p.image, p.quality}) json.field("", number);
}

PicturePlace place_in(const std::vector<std::uint64_t>& numbers, std::size_t from) {
  return {numbers.at(from), numbers.at(from + 1), numbers.at(from + 2), numbers.at(from + 3)};
}

void write_near_duplicates(JsonWriter& json, const NearDuplicatesFound& found) {
  json.begin_object("near_duplicates");
  each_number_of_near(found.report, [&](const char* key, std::uint64_t number) { json.field(key, number); });
  json.field("has_more_pairs", found.report.has_more_pairs)
      .field("place_columns", "place line image quality")
      .begin_array("shown");
  for (const PlacedPair& pair : found.pairs) {
    json.begin_array().field("", pair.distance);
    write_place(json, pair.first);
    write_place(json, pair.second);
    json.end_array();
  }
  json.end_array().begin_array("first_dropped");
  for (const PicturePlace& place : found.first_dropped) {
    json.begin_array();
    write_place(json, place);
    json.end_array();
  }
  json.end_array().end_object();
}

NearDuplicatesFound near_duplicates_in(const JsonReader& reader) {
  NearDuplicatesFound found;
  found.report.looked_for = true;
  each_number_of_near(found.report, [&](const char* key, std::uint64_t& number) { number = reader.number(key); });
  found.report.has_more_pairs = reader.flag("has_more_pairs");
  for (const auto pair : reader.array("shown")) {
    const auto numbers = numbers_in(pair);
    found.pairs.push_back({numbers.at(0), place_in(numbers, 1), place_in(numbers, 5)});
  }
  for (const auto place : reader.array("first_dropped")) found.first_dropped.push_back(place_in(numbers_in(place), 0));
  return found;
}

}  // namespace

std::string ranges_path(const JobPaths& paths, const std::string& ranges_name, std::uint64_t side) {
  return fmt::format("{}/{}.{}", paths.base, ranges_name, side_names[side]);
}

std::string shard_name(const JobPaths& paths, const PlannedShard& shard) {
  return output::shard_name(shard.side == 0 ? paths.prefix : output::validation_prefix, shard.number);
}

// A shard's numbers are an array: a job of tens of terabytes has tens of thousands of them.
std::string layout_text(const JobPlan& plan, const Layout& layout) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object().field("plan", plan.id);
  json.begin_array("part_bytes");
  for (const PartData& part : layout.parts) json.field("", part.bytes);
  json.end_array().begin_array("part_xxh128");
  for (const PartData& part : layout.parts) json.field("", part.xxh128);
  json.end_array()
      .field("shard_columns", "side number bytes examples image_examples images first_range")
      .begin_array("shards");
  for (const PlannedShard& s : layout.shards) {
    json.begin_array();
    for (const std::uint64_t number :
         {s.side, s.number, s.bytes, s.examples, s.image_examples, s.images, s.first_range})
      json.field("", number);
    json.end_array();
  }
  json.end_array().field("ranges_name", layout.ranges_name).begin_array("ranges_bytes");
  for (const std::uint64_t bytes : layout.ranges_bytes) json.field("", bytes);
  json.end_array()
      .field("dropped_columns", "reason examples bytes kept relabelled converted shrunk dropped hidden conversions...")
      .begin_array("dropped");
  for (const DroppedExamples& d : layout.dropped) {
    const std::uint64_t reason = d.reason == output::LeftOut::duplicate ? 1 : 2;
    json.begin_array().field("", reason).field("", d.examples).field("", d.bytes);
    for (const std::uint64_t number :
         {d.tally.kept, d.tally.relabelled, d.tally.converted, d.tally.shrunk, d.tally.dropped, d.tally.hidden})
      json.field("", number);
    for (const std::uint64_t number : d.tally.conversions) json.field("", number);
    json.end_array();
  }
  json.end_array();
  if (layout.split.any()) write_split(json, layout.split);
  if (layout.near_duplicates.report.looked_for) write_near_duplicates(json, layout.near_duplicates);
  return json.end_object().take();
}

RunResult<std::optional<Layout>> read_layout(const JobPaths& paths, const JobPlan& plan) {
  const std::string path = paths.in_home(output::layout_name);
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
    read.ranges_name = reader.text("ranges_name");
    const std::vector<std::uint64_t> ranges = numbers_in(reader.array("ranges_bytes"));
    for (std::size_t side = 0; side < side_count; ++side) read.ranges_bytes[side] = ranges.at(side);
    if (reader.has("split")) read.split = split_in(reader.object("split"));
    if (reader.has("near_duplicates")) read.near_duplicates = near_duplicates_in(reader.object("near_duplicates"));
    for (const auto dropped : reader.array("dropped")) read.dropped.push_back(dropped_in(numbers_in(dropped)));
    const bool holds = std::ranges::all_of(read.shards, [&](const PlannedShard& shard) {
      return shard.side < side_count && shard.first_range < read.ranges_bytes[shard.side] / sizeof(RangeRecord);
    });
    if (is_ours && (!holds || read.parts.size() != plan.parts() || i != read.parts.size())) throw JsonReader::NotOurs();
    return read;
  });
  if (!layout) return tl::unexpected(layout.error());
  if (!is_ours) return std::nullopt;
  return std::move(*layout);
}

}  // namespace visionshard::distribute
