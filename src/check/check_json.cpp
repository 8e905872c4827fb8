#include <visionshard/check.h>

#include "base/json_writer.h"

namespace visionshard {
namespace {

void write_place(JsonWriter& json, const Finding& finding) {
  json.field("file", finding.file)
      .field("line", finding.line)
      .field("pointer", finding.pointer)
      .field("detail", finding.detail);
}

void write_findings(JsonWriter& json, const CheckReport& report) {
  json.begin_array("findings");
  for (const FindingGroup& group : report.findings) {
    json.begin_object()
        .field("code", group.code)
        .field("effect", name(group.effect))
        .field("repairable", group.repairable)
        .field("findings", group.findings)
        .field("lines", group.lines)
        .field("meaning", group.meaning);
    json.begin_array("first");
    for (const Finding& finding : group.first) {
      json.begin_object();
      write_place(json, finding);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_files(JsonWriter& json, const CheckOptions& options, const CheckReport& report) {
  json.begin_array("files");
  for (const CheckedFile& file : report.files) {
    json.begin_object()
        .field("path", file.path)
        .field("bytes", file.bytes)
        .limit("max_bytes", options.limits.max_shard_bytes)
        .field("lines", file.lines)
        .field("examples", file.examples)
        .field("image_examples", file.image_examples)
        .field("images", file.images)
        .field("skipped", file.skipped);
    write_tokens(json, "image_tokens", file.tokens);
    write_tokens(json, "most_image_tokens_of_an_example", file.max_tokens);
    json.end_object();
  }
  json.end_array();
}

template <class Map>
void write_histogram(JsonWriter& json, std::string_view key, const Map& histogram) {
  json.begin_object(key);
  for (const auto& [value, count] : histogram) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>)
      json.field(std::to_string(value), count);
    else
      json.field(value, count);
  }
  json.end_object();
}

void write_report(JsonWriter& json, const CheckOptions& options, const CheckReport& report) {
  json.field("profile", options.profile).field("accepted", report.accepted);
  json.begin_object("skipped")
      .field("examples", report.counts.skipped)
      .field("repairable", report.counts.skipped_repairable)
      .field("over_200", report.over_most_skipped)
      .end_object();
  write_findings(json, report);
  json.begin_object("counts")
      .field("files", std::uint64_t{report.files.size()})
      .field("lines", report.counts.lines)
      .field("blank", report.counts.blank)
      .field("examples", report.counts.examples)
      .field("image_examples", report.counts.image_examples)
      .field("images", report.counts.images)
      .field("urls", report.counts.urls)
      .end_object();
  write_files(json, options, report);
  json.begin_object("images");
  write_histogram(json, "formats", report.formats);
  write_histogram(json, "modes", report.modes);
  write_histogram(json, "longest_side_up_to", report.longest_sides);
  write_histogram(json, "bytes_up_to", report.image_bytes);
  json.end_object();
  write_tokens(json, "image_tokens", report.tokens);
  if (!report.store_xxh128.empty())
    json.begin_object("store")
        .field("path", options.line.store)
        .field("xxh128", report.store_xxh128)
        .field("images", report.counts.urls_in_store)
        .field("reach", provider_reach)
        .end_object();
  json.begin_array("manifests");
  for (const std::string& path : report.manifests) json.field("", path);
  json.end_array();
  json.field("seconds", report.seconds).field("threads", std::uint64_t{report.threads});
}

}  // namespace

std::string check_json(const CheckOptions& options, const CheckReport& report) {
  JsonWriter json;
  json.begin_object();
  write_report(json, options, report);
  return json.end_object().take();
}

CheckJsonStream::CheckJsonStream() : json_(std::make_unique<JsonWriter>()) {
  json_->begin_object().begin_array("list");
}

CheckJsonStream::~CheckJsonStream() = default;

std::string CheckJsonStream::append(const Finding& finding) {
  json_->begin_object().field("code", finding.code).field("effect", name(finding.effect));
  write_place(*json_, finding);
  return json_->end_object().take_written();
}

std::string CheckJsonStream::finish(const CheckOptions& options, const CheckReport& report) {
  json_->end_array();
  write_report(*json_, options, report);
  return json_->end_object().take();
}

std::string CheckJsonStream::finish() { return json_->end_array().end_object().take(); }

}  // namespace visionshard
