#include "distribute/cluster_plan.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/sha256.h"
#include "output/options_json.h"
#include "output/run_directory.h"

namespace visionshard::distribute {
namespace {

std::uint64_t parts_of(const PlannedFile& file, std::uint64_t part_bytes) noexcept {
  if (file.bytes == 0) return 0;
  return file.is_plain ? (file.bytes - 1) / part_bytes + 1 : 1;
}

std::string text_of(const JobPlan& plan) {
  JsonWriter json;
  json.begin_object();
  json.begin_object("visionshard").field("version", version).field("plan", std::uint64_t{1}).end_object();
  json.field("id", plan.id).field("part_bytes", plan.part_bytes).field("parts", plan.parts());
  output::write_options_json(json, plan.options);
  output::write_rules(json, plan.options.limits);
  json.field("measure", plan.options.image.measure)
      .field("max_rejects", plan.max_rejects)
      .field("methods", std::uint64_t{plan.methods})
      .field("image_root", plan.image_root)
      .field("store_directory", plan.store)
      .begin_object("loss")
      .limit("above_bytes", plan.loss.above_bytes)
      .field("max_quality", static_cast<std::uint64_t>(plan.loss.max_quality))
      .field("scale", fmt::format("{}", plan.loss.scale))
      .end_object()
      .begin_array("files");
  for (const PlannedFile& file : plan.files)
    json.begin_object()
        .field("path", file.path)
        .field("location", file.location)
        .field("bytes", file.bytes)
        .field("modified_ns", std::to_string(file.modified_ns))
        .field("is_plain", file.is_plain)
        .end_object();
  json.end_array();
  if (!plan.keep_split.empty()) json.field("keep_split", plan.keep_split);
  if (plan.exclusions.bytes > 0)
    json.begin_object("exclusions")
        .field("bytes", plan.exclusions.bytes)
        .field("xxh128", plan.exclusions.xxh128)
        .end_object();
  return json.end_object().take();
}

JobPlan plan_in(const JsonReader& reader) {
  JobPlan plan;
  plan.id = reader.text("id");
  plan.options = output::read_options_json(reader);
  plan.options.image.measure = reader.flag("measure");
  plan.max_rejects = reader.text("max_rejects");
  plan.methods = static_cast<std::uint8_t>(reader.number("methods"));
  plan.image_root = reader.text("image_root");
  plan.store = reader.text("store_directory");
  plan.part_bytes = reader.number("part_bytes");
  const JsonReader loss = reader.object("loss");
  const std::string scale = loss.text("scale");
  plan.loss = {loss.limit("above_bytes"), static_cast<int>(loss.number("max_quality")), 0};
  if (std::from_chars(scale.data(), scale.data() + scale.size(), plan.loss.scale).ec != std::errc())
    throw JsonReader::NotOurs();
  for (const auto element : reader.array("files")) {
    const JsonReader file{simdjson::dom::object(element)};
    plan.files.push_back({file.text("path"), file.text("location"), file.number("bytes"),
                          std::stoll(file.text("modified_ns")), file.flag("is_plain")});
  }
  plan.keep_split = reader.text_or_none("keep_split");
  if (reader.has("exclusions")) {
    const JsonReader exclusions = reader.object("exclusions");
    plan.exclusions = {exclusions.number("bytes"), exclusions.text("xxh128")};
  }
  if (plan.part_bytes == 0) throw JsonReader::NotOurs();
  return plan;
}

}  // namespace

std::uint64_t JobPlan::parts() const noexcept {
  return files.empty() ? 0 : files.back().first_part + parts_of(files.back(), part_bytes);
}

Part JobPlan::part(std::uint64_t number) const noexcept {
  // A file without bytes has no part, and the one after it the same first.
  const auto after = std::ranges::upper_bound(files, number, {}, &PlannedFile::first_part);
  const auto i = static_cast<std::size_t>(after - files.begin()) - 1;
  if (!files[i].is_plain) return {i, 0, files[i].bytes};
  const std::uint64_t begin = (number - files[i].first_part) * part_bytes;
  return {i, begin, std::min(begin + part_bytes, files[i].bytes)};
}

std::string plan_text(JobPlan& plan) {
  std::uint64_t parts = 0;
  for (PlannedFile& file : plan.files) {
    file.first_part = parts;
    parts += parts_of(file, plan.part_bytes);
  }
  plan.id.clear();
  Sha256 digest;
  digest.update(as_bytes(text_of(plan)));
  plan.id = hexadecimal(digest.finish()).substr(0, 16);
  return text_of(plan);
}

RunResult<std::optional<JobPlan>> read_plan(const std::string& work) {
  const std::string path = fmt::format("{}/{}", work, output::plan_name);
  auto text = VISIONSHARD_TRY(read_file(path));
  if (!text) return std::nullopt;
  std::string planned_by;
  auto plan = read_json(*text, path, [&](const JsonReader& reader) {
    planned_by = reader.object("visionshard").text("version");
    return plan_in(reader);
  });
  if (!planned_by.empty() && planned_by != version)
    return run_fault(fmt::format("{}: was made by visionshard {}, and this is {}; all steps of a job need the same",
                                 path, planned_by, version));
  if (!plan) return tl::unexpected(plan.error());
  const std::string id = plan->id;
  plan_text(*plan);
  if (plan->id != id) return run_fault(fmt::format("{}: was changed since it was made; make another plan", path));
  return std::move(*plan);
}

RunResult<void> check_unchanged(const PlannedFile& file) {
  const auto now = VISIONSHARD_TRY(file_state(file.location));
  if (now.bytes != file.bytes)
    return run_fault(fmt::format("{}: has {} bytes and had {} when the plan was made; make another plan", file.location,
                                 now.bytes, file.bytes));
  if (now.modified_ns != file.modified_ns)
    return run_fault(fmt::format("{}: was changed since the plan was made; make another plan", file.location));
  return {};
}

}  // namespace visionshard::distribute
