#include "output/manifest.h"

#include <visionshard/version.h>

#include <algorithm>

#include "output/counts.h"
#include "output/options_json.h"
#include "output/shard_members.h"

namespace visionshard::output {
namespace {

void write_counts(JsonWriter& json, const RunReport& report) {
  json.begin_object("counts");
  each_count(report.counts, [&](std::string_view key, std::uint64_t value) { json.field(key, value); });
  json.end_object();
  json.begin_object("rejects");
  for (std::size_t i = 0; i < fault_code_count; ++i)
    if (report.rejects[i] > 0) json.field(name(static_cast<FaultCode>(i)), report.rejects[i]);
  json.end_object();
  json.begin_object("conversions");
  // Not converted, but counted by name, for which the manifest's fixed layout has this place.
  auto conversions = report.conversions;
  if (report.hidden_images.examples > 0) conversions["hidden_image"] = report.hidden_images.examples;
  for (const auto& [kind, count] : conversions) json.field(kind, count);
  json.end_object();
}

void write_shards(JsonWriter& json, const RunReport& report) {
  json.begin_array("shards");
  for (const ShardInfo& shard : report.shards) {
    json.begin_object();
    write_shard_members(json, shard);
    json.end_object();
  }
  json.end_array();
}

void write_speed(JsonWriter& json, const RunReport& report) {
  if (report.threads == 0) {  // of a job over many machines: no time of its own
    json.field("input_bytes", report.input_bytes).field("output_bytes", report.output_bytes);
    return;
  }
  const double seconds = std::max(report.seconds, 1e-9);
  json.field("seconds", report.seconds)
      .field("threads", static_cast<std::uint64_t>(report.threads))
      .field("memory_bytes", report.memory_bytes)
      .field("input_bytes", report.input_bytes)
      .field("output_bytes", report.output_bytes);
  // The time is that since the resumption, and the bytes are all.
  if (report.lines_before_resumption > 0) return;
  json.field("input_mb_per_second", static_cast<double>(report.input_bytes) / 1e6 / seconds)
      .field("examples_per_second", static_cast<double>(report.counts.lines) / seconds);
}

void write_stages(JsonWriter& json, const RunReport& report) {
  json.begin_object("stages");
  for (const StageTime& stage : report.stages)
    json.begin_object(name(stage.stage))
        .field("steps", stage.steps)
        .field("busy_seconds", stage.busy_seconds)
        .end_object();
  json.end_object();
}

void write_reduced(JsonWriter& json, const RunReport& report) {
  if (!report.loss.empty()) json.field("loss", report.loss);
  const ReducedImages& reduced = report.reduced;
  if (reduced.images == 0) return;
  json.begin_object("reduced")
      .field("images", reduced.images)
      .field("bytes_before", reduced.bytes_before)
      .field("bytes_after", reduced.bytes_after);
  write_tokens(json, "tokens_before", reduced.tokens_before);
  write_tokens(json, "tokens_after", reduced.tokens_after);
  json.end_object();
}

void write_split(JsonWriter& json, const SplitReport& split) {
  if (!split.any()) return;
  json.begin_object("split")
      .field("train", split.train)
      .field("validation", split.validation)
      .field("groups", split.groups)
      .field("connected_examples", split.connected_examples)
      .field("largest_group", split.largest_group)
      .field("shared_images_alone", split.shared_images_alone)
      .field("earlier_examples", split.earlier_examples)
      .field("moved_examples", split.moved_examples)
      .field("merged_groups", split.merged_groups)
      .begin_array("frequent_images");
  for (const FrequentImage& image : split.frequent_images)
    json.begin_object().field("sha256", image.sha256).field("lines", image.lines).end_object();
  json.end_array().end_object();
}

void write_near_picture(JsonWriter& json, std::string_view key, const NearPicture& picture) {
  json.begin_object(key)
      .field("file", picture.file)
      .field("line", picture.line)
      .field("image", picture.image)
      .field("quality", std::uint64_t{picture.quality})
      .end_object();
}

void write_near_duplicates(JsonWriter& json, const RunReport& report) {
  const NearDuplicatesReport& near = report.near_duplicates;
  if (!near.looked_for) return;
  json.begin_object("near_duplicates")
      .field("hashed_images", near.hashed_images)
      .field("flat_images", near.flat_images)
      .field("undecodable_images", near.undecodable_images)
      .field("images_by_url", report.images_by_url)
      .field("frequent_pictures", near.frequent_pictures)
      .field("pictures", near.pictures)
      .field("pairs", near.pairs)
      .field("has_more_pairs", near.has_more_pairs)
      .field("near_pictures", near.near_pictures)
      .field("near_examples", near.near_examples)
      .field("groups", near.groups)
      .field("largest_group", near.largest_group)
      .begin_array("shown");
  for (const NearPair& pair : near.shown) {
    json.begin_object().field("distance", std::uint64_t{pair.distance});
    write_near_picture(json, "first", pair.first);
    write_near_picture(json, "second", pair.second);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_exclusions(JsonWriter& json, const RunReport& report) {
  if (report.exclusions.empty()) return;
  json.begin_object("exclusions");
  for (const auto& [reason, excluded] : report.exclusions) json.field(name(reason), excluded.lines);
  json.end_object();
}

void write_measured(JsonWriter& json, const RunReport& report) {
  json.begin_object("tries");
  for (const auto& [tries, images] : report.tries) json.field(std::to_string(tries), images);
  json.end_object();
  json.begin_array("measured");
  for (const MeasuredImage& image : report.measured)
    json.begin_object()
        .field("file", image.file)
        .field("line", image.line)
        .field("pointer", image.pointer)
        .field("tries", std::uint64_t{image.tries})
        .field("psnr_db", image.psnr_db)
        .end_object();
  json.end_array();
}

}  // namespace

std::string manifest_json(const ConvertOptions& options, const RunReport& report) {
  JsonWriter json;
  json.begin_object();
  json.begin_object("visionshard").field("version", version).field("manifest", manifest_version).end_object();
  write_options_json(json, options);
  json.begin_array("inputs");
  for (const InputFile& input : report.inputs)
    json.begin_object().field("path", input.path).field("bytes", input.bytes).field("lines", input.lines).end_object();
  json.end_array();
  write_shards(json, report);
  if (options.line.images == ImagePlace::files)
    json.begin_object("image_files")
        .field("files", report.image_files.files)
        .field("bytes", report.image_files.bytes)
        .end_object();
  write_counts(json, report);
  return json.end_object().take();
}

std::string run_json(const ConvertOptions& options, const RunReport& report) {
  JsonWriter json;
  json.begin_object();
  json.field("version", version);
  write_rules(json, options.limits);
  json.begin_array("inputs_modified_ns");
  for (const InputFile& input : report.inputs)
    json.begin_object().field("path", input.path).field("modified_ns", std::to_string(input.modified_ns)).end_object();
  json.end_array();
  write_speed(json, report);
  if (!report.stages.empty()) write_stages(json, report);
  write_reduced(json, report);
  write_exclusions(json, report);
  write_split(json, report.split);
  write_near_duplicates(json, report);
  if (!report.tries.empty()) write_measured(json, report);
  return json.end_object().take();
}

}  // namespace visionshard::output

namespace visionshard {

std::string summary_json(const ConvertOptions& options, const RunReport& report) {
  using namespace output;
  JsonWriter json;
  json.begin_object();
  json.field("output", options.output.directory).field("profile", options.profile);
  write_counts(json, report);
  write_shards(json, report);
  write_reduced(json, report);
  write_exclusions(json, report);
  write_split(json, report.split);
  write_near_duplicates(json, report);
  write_speed(json, report);
  json.begin_array("warnings");
  for (const std::string& warning : report.warnings) json.field("", warning);
  json.end_array();
  return json.end_object().take();
}

}  // namespace visionshard
