#include "output/manifest_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/file.h"
#include "base/json_reader.h"
#include "base/option_words.h"
#include "output/counts.h"
#include "output/journal.h"
#include "output/manifest.h"
#include "output/run_directory.h"
#include "output/shard_members.h"

namespace visionshard::output {

namespace {

// Those before 2 did not name it.
std::uint64_t version_of(simdjson::dom::element document) {
  std::uint64_t version = 1;
  return document["visionshard"]["manifest"].get(version) == simdjson::SUCCESS ? version : 1;
}

void read_counts(const JsonReader& reader, Counts& counts) {
  const JsonReader object = reader.object("counts");
  each_count(counts, [&](const char* key, std::uint64_t& value) { value = object.number(key); });
}

RunResult<std::vector<ShardInfo>> shards_in(simdjson::simdjson_result<simdjson::dom::element> manifest,
                                            const std::string& path) {
  const auto unreadable = [&](simdjson::error_code error) {
    return run_fault(fmt::format(
        "{}: is no manifest of this program ({}); where it is somebody else's, name the files, not the folder", path,
        simdjson::error_message(error)));
  };
  simdjson::dom::element document;
  if (const auto error = manifest.get(document); error) return unreadable(error);
  if (const std::uint64_t version = version_of(document); version > manifest_version)
    return run_fault(
        fmt::format("{}: has version {}, and this program reads manifests up to version {}; use the newer "
                    "program that wrote it",
                    path, version, manifest_version));
  simdjson::dom::array entries;
  if (const auto error = document["shards"].get(entries); error) return unreadable(error);
  std::vector<ShardInfo> shards;
  for (const simdjson::dom::element entry : entries) {
    simdjson::dom::object members;
    if (const auto error = entry.get(members)) return unreadable(error);
    ShardInfo& shard = shards.emplace_back();
    try {
      shard = read_shard_members(JsonReader(members));
    } catch (const JsonReader::NotOurs&) {
      return unreadable(simdjson::NO_SUCH_FIELD);
    }
    if (shard.xxh128.empty() && shard.sha256.empty()) return unreadable(simdjson::NO_SUCH_FIELD);
    const std::string& name = shard.path;
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      return run_fault(fmt::format("{}: names a shard outside its folder", path));
  }
  return shards;
}

}  // namespace

RunResult<std::vector<ShardInfo>> read_manifest_shards(const std::string& path) {
  simdjson::dom::parser parser;
  return shards_in(parser.load(path), path);
}

RunResult<std::optional<std::vector<std::string>>> manifest_shard_names(const std::string& path) {
  const auto text = VISIONSHARD_TRY(read_file(path));
  if (!text) return std::nullopt;
  simdjson::dom::parser parser;
  const auto shards = shards_in(parser.parse(*text), path);
  if (!shards) return std::nullopt;
  std::vector<std::string> names;
  for (const ShardInfo& shard : *shards) names.push_back(shard.path);
  return names;
}

std::optional<std::string> unfinished_prefix(const std::string& directory) {
  const std::string work = fmt::format("{}/{}", directory, work_directory_name);
  for (const std::string& path : {fmt::format("{}/{}", work, journal_name), fmt::format("{}/{}", work, plan_name),
                                  fmt::format("{}/{}", directory, plan_name)}) {
    const auto text = read_file(path);
    if (!text || !*text) continue;
    // Of a journal the first line.
    const std::string options = path.ends_with(journal_name) ? (*text)->substr(0, (*text)->find('\n')) : **text;
    auto prefix =
        read_json(options, path, [](const JsonReader& reader) { return reader.object("options").text("prefix"); });
    if (prefix && is_prefix(*prefix)) return std::move(*prefix);
  }
  return std::nullopt;
}

RunResult<RunReport> read_manifest_report(const std::string& path) {
  auto shards = VISIONSHARD_TRY(read_manifest_shards(path));
  auto text = VISIONSHARD_TRY(read_file(path));
  auto report = read_json(text.value_or(""), path, [](const JsonReader& reader) {
    RunReport read;
    read_counts(reader, read.counts);
    for (const auto& field : reader.object("rejects").fields())
      for (std::size_t i = 0; i < fault_code_count; ++i)
        if (name(static_cast<FaultCode>(i)) == field.key) read.rejects[i] = std::uint64_t(field.value);
    for (const auto& field : reader.object("conversions").fields())
      read.conversions[std::string(field.key)] = std::uint64_t(field.value);
    for (const auto element : reader.array("inputs")) {
      const JsonReader input{simdjson::dom::object(element)};
      read.inputs.push_back({input.text("path"), input.number("bytes"), input.number("lines")});
    }
    return read;
  });
  if (!report) return report;
  for (const ShardInfo& shard : shards) report->output_bytes += shard.bytes;
  for (const InputFile& input : report->inputs) report->input_bytes += input.bytes;
  report->shards = std::move(shards);
  return report;
}

RunResult<std::optional<Counts>> read_manifest_counts(const std::string& path) {
  const auto text = VISIONSHARD_TRY(read_file(path));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.value_or("")).get(document) == simdjson::SUCCESS && version_of(document) < 2)
    return std::optional<Counts>();
  return read_json(text.value_or(""), path, [](const JsonReader& reader) {
    Counts counts;
    read_counts(reader, counts);
    return std::optional(counts);
  });
}

RunResult<WrittenLayout> read_manifest_layout(const std::string& path) {
  auto text = VISIONSHARD_TRY(read_file(path));
  return read_json(text.value_or(""), path, [](const JsonReader& reader) {
    WrittenLayout written;
    // Read through the document, since older manifests have none of these.
    const auto word = [&](const char* key) {
      for (const auto& field : reader.fields())
        if (field.key == "options")
          for (const auto& option : simdjson::dom::object(field.value))
            if (option.key == key && option.value.is_string()) return std::string(std::string_view(option.value));
      return std::string();
    };
    const std::string layout = word("layout"), images = word("images");
    for (const auto& each : words_of(OutputLayout()))
      written.layout = each.word == layout ? each.value : written.layout;
    for (const auto& each : words_of(ImagePlace())) written.images = each.word == images ? each.value : written.images;
    if (written.images == ImagePlace::files) {
      const JsonReader files = reader.object("image_files");
      written.image_files = {files.number("files"), files.number("bytes")};
    }
    return written;
  });
}

}  // namespace visionshard::output
