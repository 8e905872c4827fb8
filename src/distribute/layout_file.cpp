#include "distribute/layout_file.h"

#include "base/file.h"
#include "report/json.h"
#include "report/json_reader.h"

namespace visionshard::distribute {

// A shard's numbers are an array: a job of tens of terabytes has tens of thousands of them.
std::string layout_text(const JobPlan& plan, const Layout& layout) {
  report::JsonWriter json(report::JsonLayout::one_line);
  json.begin_object().field("plan", plan.id);
  json.begin_array("part_bytes");
  for (const PartData& part : layout.parts) json.field("", part.bytes);
  json.end_array().begin_array("part_sha256");
  for (const PartData& part : layout.parts) json.field("", part.sha256);
  json.end_array().field("shard_columns", "part offset bytes examples image_examples images").begin_array("shards");
  for (const PlannedShard& s : layout.shards) {
    json.begin_array();
    for (const std::uint64_t number : {s.part, s.offset, s.bytes, s.examples, s.image_examples, s.images})
      json.field("", number);
    json.end_array();
  }
  return json.end_array().end_object().take();
}

RunResult<std::optional<Layout>> read_layout(const JobPaths& paths, const JobPlan& plan) {
  const std::string path = paths.in_work(shard::layout_name);
  auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  bool is_ours = false;
  auto layout = report::read_json(**text, path, [&](const report::JsonReader& reader) {
    is_ours = reader.text("plan") == plan.id;
    Layout read;
    for (const auto bytes : reader.array("part_bytes")) read.parts.push_back({std::uint64_t(bytes), ""});
    std::size_t i = 0;
    for (const auto digest : reader.array("part_sha256")) read.parts.at(i++).sha256 = std::string_view(digest);
    for (const auto shard : reader.array("shards")) {
      std::vector<std::uint64_t> n;
      for (const auto number : simdjson::dom::array(shard)) n.push_back(std::uint64_t(number));
      read.shards.push_back({n.at(0), n.at(1), n.at(2), n.at(3), n.at(4), n.at(5)});
    }
    if (is_ours && (read.parts.size() != plan.parts() || i != read.parts.size())) throw report::JsonReader::NotOurs();
    return read;
  });
  if (!layout) return tl::unexpected(layout.error());
  if (!is_ours) return std::nullopt;
  return std::move(*layout);
}

}  // namespace visionshard::distribute
