#include "output/checkpoint.h"

#include "base/json_reader.h"
#include "output/counts.h"
#include "output/shard_members.h"

namespace visionshard::output {
namespace {

// One list of the numbers for writing and reading.
template <class Reduced, class Visit>
void each_reduced(Reduced& r, Visit visit) {
  visit("images", r.images);
  visit("bytes_before", r.bytes_before);
  visit("bytes_after", r.bytes_after);
  visit("tiles_before", r.tokens_before.tiles);
  visit("tiles_after", r.tokens_after.tiles);
  visit("mini_before", r.tokens_before.patches_mini);
  visit("mini_after", r.tokens_after.patches_mini);
  visit("nano_before", r.tokens_before.patches_nano);
  visit("nano_after", r.tokens_after.patches_nano);
}

template <class Statistics, class Visit>
void each_histogram(Statistics& s, Visit visit) {
  visit("bytes", s.bytes);
  visit("longest_sides", s.longest_sides);
  visit("tokens", s.tokens);
}

// The buckets that hold anything, by their numbers.
void write_statistics(JsonWriter& json, std::string_view key, const ImageStatistics& statistics) {
  json.begin_object(key);
  each_histogram(statistics, [&](const char* name, const Histogram& histogram) {
    json.begin_object(name).field("total", histogram.total).field("largest", histogram.largest);
    json.begin_object("buckets");
    for (std::size_t i = 0; i < Histogram::bucket_count; ++i)
      if (histogram.buckets[i] > 0) json.field(std::to_string(i), histogram.buckets[i]);
    json.end_object().end_object();
  });
  json.begin_array("kinds");
  for (const ImageKindCount& kind : statistics.kinds)
    json.begin_object().field("format", kind.format).field("mode", kind.mode).field("images", kind.images).end_object();
  json.end_array().end_object();
}

ImageStatistics read_statistics(const JsonReader& reader) {
  ImageStatistics statistics;
  each_histogram(statistics, [&](const char* name, Histogram& histogram) {
    const JsonReader object = reader.object(name);
    histogram.total = object.number("total");
    histogram.largest = object.number("largest");
    for (const auto& field : object.object("buckets").fields())
      histogram.buckets.at(std::stoul(std::string(field.key))) = std::uint64_t(field.value);
  });
  for (const auto element : reader.array("kinds")) {
    const JsonReader kind{simdjson::dom::object(element)};
    statistics.kinds.push_back({kind.text("format"), kind.text("mode"), kind.number("images")});
  }
  return statistics;
}

FaultCode code_named(std::string_view wanted) {
  for (std::size_t i = 0; i < fault_code_count; ++i)
    if (name(static_cast<FaultCode>(i)) == wanted) return static_cast<FaultCode>(i);
  throw JsonReader::NotOurs();
}

Exclusion exclusion_named(std::string_view wanted) {
  for (std::size_t i = 0; i < exclusion_names.size(); ++i)
    if (exclusion_names[i] == wanted) return static_cast<Exclusion>(i);
  throw JsonReader::NotOurs();
}

Checkpoint read(const JsonReader& reader) {
  Checkpoint s;
  const JsonReader next = reader.object("next");
  s.shard = read_shard_members(reader.object("shard"));
  s.file = static_cast<std::uint32_t>(next.number("file"));
  s.offset = next.number("offset");
  s.written_ns = reader.number("written_ns");
  s.libraries = reader.text("libraries");
  s.codec_self_test = reader.text("codec_self_test");
  s.methods = static_cast<std::uint8_t>(reader.number("methods"));
  s.rejected_bytes = reader.number("rejected_bytes");
  s.report.input_bytes = reader.number("input_bytes");
  s.report.output_bytes = reader.number("output_bytes");
  const JsonReader counts = reader.object("counts"), reduced = reader.object("reduced");
  each_count(s.report.counts, [&](const char* key, std::uint64_t& value) { value = counts.number(key); });
  each_reduced(s.report.reduced, [&](const char* key, std::uint64_t& value) { value = reduced.number(key); });
  s.report.images_before = read_statistics(reader.object("images_before"));
  s.report.images_after = read_statistics(reader.object("images_after"));
  s.report.images_by_url = reader.number("images_by_url");
  s.first_input = static_cast<std::uint32_t>(reader.number("first_input"));
  for (const auto lines : reader.array("input_lines")) s.report.inputs.emplace_back().lines = std::uint64_t(lines);
  std::size_t input = 0;
  for (const auto instead : reader.array("input_instead"))
    s.report.inputs.at(input++).instead = std::string(std::string_view(instead));
  const JsonReader hidden = reader.object("hidden_images");
  s.report.hidden_images = {
      hidden.number("examples"),
      {hidden.text("file"), hidden.number("line"), hidden.text("pointer"), hidden.text("detail")}};
  for (const auto& field : reader.object("rejects").fields()) {
    const FaultCode code = code_named(field.key);
    const JsonReader reject{simdjson::dom::object(field.value)};
    s.report.rejects[static_cast<std::size_t>(code)] = reject.number("lines");
    for (const auto element : reject.array("first")) {
      const JsonReader place{simdjson::dom::object(element)};
      s.report.first_rejects[code].push_back(
          {place.text("file"), place.number("line"), place.text("pointer"), place.text("detail")});
    }
  }
  for (const auto& field : reader.object("exclusions").fields()) {
    ExcludedLines& excluded = s.report.exclusions[exclusion_named(field.key)];
    const JsonReader lines{simdjson::dom::object(field.value)};
    excluded.lines = lines.number("lines");
    for (const auto element : lines.array("first")) {
      const JsonReader place{simdjson::dom::object(element)};
      excluded.first.push_back({place.text("file"), place.number("line"), "", ""});
    }
  }
  for (const auto& field : reader.object("conversions").fields())
    s.report.conversions[std::string(field.key)] = std::uint64_t(field.value);
  for (const auto& field : reader.object("tries").fields())
    s.report.tries[static_cast<unsigned>(std::stoul(std::string(field.key)))] = std::uint64_t(field.value);
  return s;
}

}  // namespace

std::string checkpoint_line(const Checkpoint& s) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object();
  json.begin_object("shard");
  write_shard_members(json, s.shard);
  json.end_object();
  json.begin_object("next").field("file", std::uint64_t{s.file}).field("offset", s.offset).end_object();
  json.field("written_ns", s.written_ns)
      .field("libraries", s.libraries)
      .field("codec_self_test", s.codec_self_test)
      .field("methods", std::uint64_t{s.methods})
      .field("rejected_bytes", s.rejected_bytes)
      .field("input_bytes", s.report.input_bytes)
      .field("output_bytes", s.report.output_bytes);
  json.begin_object("counts");
  each_count(s.report.counts, [&](const char* key, std::uint64_t value) { json.field(key, value); });
  json.end_object().begin_object("reduced");
  each_reduced(s.report.reduced, [&](const char* key, std::uint64_t value) { json.field(key, value); });
  json.end_object();
  write_statistics(json, "images_before", s.report.images_before);
  write_statistics(json, "images_after", s.report.images_after);
  json.field("images_by_url", s.report.images_by_url)
      .field("first_input", std::uint64_t{s.first_input})
      .begin_array("input_lines");
  for (const InputFile& input : s.report.inputs) json.field("", input.lines);
  json.end_array().begin_array("input_instead");
  for (const InputFile& input : s.report.inputs) json.field("", input.instead);
  const HiddenImages& hidden = s.report.hidden_images;
  json.end_array()
      .begin_object("hidden_images")
      .field("examples", hidden.examples)
      .field("file", hidden.first.file)
      .field("line", hidden.first.line)
      .field("pointer", hidden.first.pointer)
      .field("detail", hidden.first.detail)
      .end_object();
  json.begin_object("rejects");
  for (const auto& [code, places] : s.report.first_rejects) {
    json.begin_object(name(code)).field("lines", s.report.rejects[static_cast<std::size_t>(code)]);
    json.begin_array("first");
    for (const RejectedPlace& place : places)
      json.begin_object()
          .field("file", place.file)
          .field("line", place.line)
          .field("pointer", place.pointer)
          .field("detail", place.detail)
          .end_object();
    json.end_array().end_object();
  }
  json.end_object().begin_object("exclusions");
  for (const auto& [reason, excluded] : s.report.exclusions) {
    json.begin_object(name(reason)).field("lines", excluded.lines).begin_array("first");
    for (const RejectedPlace& place : excluded.first)
      json.begin_object().field("file", place.file).field("line", place.line).end_object();
    json.end_array().end_object();
  }
  json.end_object().begin_object("conversions");
  for (const auto& [kind, count] : s.report.conversions) json.field(kind, count);
  json.end_object().begin_object("tries");
  for (const auto& [tries, images] : s.report.tries) json.field(std::to_string(tries), images);
  return json.end_object().end_object().take();
}

RunResult<Checkpoint> read_checkpoint(std::string_view line) {
  return read_json(line, "a record of the journal", read);
}

}  // namespace visionshard::output
