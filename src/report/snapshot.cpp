#include "report/snapshot.h"

#include <algorithm>
#include <array>

#include "report/counts.h"
#include "report/json_reader.h"

namespace visionshard::report {
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

FaultCode code_named(std::string_view wanted) {
  for (std::size_t i = 0; i < fault_code_count; ++i)
    if (name(static_cast<FaultCode>(i)) == wanted) return static_cast<FaultCode>(i);
  throw JsonReader::NotOurs();
}

Snapshot read(const JsonReader& reader) {
  Snapshot s;
  const JsonReader shard = reader.object("shard"), next = reader.object("next");
  s.shard = {shard.text("path"),       shard.number("bytes"),          shard.text("sha256"),
             shard.number("examples"), shard.number("image_examples"), shard.number("images")};
  s.file = static_cast<std::uint32_t>(next.number("file"));
  s.offset = next.number("offset");
  s.rejected_bytes = reader.number("rejected_bytes");
  s.report.input_bytes = reader.number("input_bytes");
  s.report.output_bytes = reader.number("output_bytes");
  const JsonReader counts = reader.object("counts"), reduced = reader.object("reduced");
  each_count(s.report.counts, [&](const char* key, std::uint64_t& value) { value = counts.number(key); });
  each_reduced(s.report.reduced, [&](const char* key, std::uint64_t& value) { value = reduced.number(key); });
  for (const auto lines : reader.array("input_lines")) s.report.inputs.emplace_back().lines = std::uint64_t(lines);
  for (const auto& field : reader.object("rejects").fields()) {
    const FaultCode code = code_named(field.key);
    const JsonReader reject{simdjson::dom::object(field.value)};
    s.report.rejects[static_cast<std::size_t>(code)] = reject.number("lines");
    s.report.first_rejects[code] = {reject.text("file"), reject.number("line"), reject.text("detail")};
  }
  for (const auto& field : reader.object("conversions").fields())
    s.report.conversions[std::string(field.key)] = std::uint64_t(field.value);
  for (const auto& field : reader.object("tries").fields())
    s.report.tries[static_cast<unsigned>(std::stoul(std::string(field.key)))] = std::uint64_t(field.value);
  return s;
}

}  // namespace

std::string snapshot_line(const Snapshot& s) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object();
  json.begin_object("shard");
  write_shard_members(json, s.shard);
  json.end_object();
  json.begin_object("next").field("file", std::uint64_t{s.file}).field("offset", s.offset).end_object();
  json.field("rejected_bytes", s.rejected_bytes)
      .field("input_bytes", s.report.input_bytes)
      .field("output_bytes", s.report.output_bytes);
  json.begin_object("counts");
  each_count(s.report.counts, [&](const char* key, std::uint64_t value) { json.field(key, value); });
  json.end_object().begin_object("reduced");
  each_reduced(s.report.reduced, [&](const char* key, std::uint64_t value) { json.field(key, value); });
  json.end_object().begin_array("input_lines");
  for (const InputFile& input : s.report.inputs) json.field("", input.lines);
  json.end_array().begin_object("rejects");
  for (const auto& [code, first] : s.report.first_rejects)
    json.begin_object(name(code))
        .field("lines", s.report.rejects[static_cast<std::size_t>(code)])
        .field("file", first.file)
        .field("line", first.line)
        .field("detail", first.detail)
        .end_object();
  json.end_object().begin_object("conversions");
  for (const auto& [kind, count] : s.report.conversions) json.field(kind, count);
  json.end_object().begin_object("tries");
  for (const auto& [tries, images] : s.report.tries) json.field(std::to_string(tries), images);
  return json.end_object().end_object().take();
}

RunResult<Snapshot> read_snapshot(std::string_view line) { return read_json(line, "a record of the journal", read); }

}  // namespace visionshard::report
