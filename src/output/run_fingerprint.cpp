#include "output/run_fingerprint.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <visionshard/version.h>

#include <filesystem>

#include "base/file.h"
#include "base/json_text.h"
#include "base/json_writer.h"
#include "output/options_json.h"
#include "output/run_directory.h"

namespace visionshard::output {
namespace {

std::string text_of(simdjson::dom::element value) { return simdjson::minify(value); }

std::optional<std::string> difference_of(const std::string& place, simdjson::dom::element then,
                                         simdjson::dom::element now) {
  simdjson::dom::object old_fields, new_fields;
  if (!then.get(old_fields) && !now.get(new_fields)) {
    for (const auto& field : old_fields) {
      const std::string key = place.empty() ? std::string(field.key) : fmt::format("{} {}", place, field.key);
      simdjson::dom::element other;
      if (new_fields[field.key].get(other)) return fmt::format("{} is no longer there", key);
      if (auto found = difference_of(key, field.value, other)) return found;
    }
    for (const auto& field : new_fields)
      if (old_fields[field.key].error()) return fmt::format("{} {} is new", place, field.key);
    return std::nullopt;
  }
  const std::string before = text_of(then), after = text_of(now);
  if (before == after) return std::nullopt;
  return fmt::format("{} was {} and is {}", place, before, after);
}

}  // namespace

std::string fingerprint_line(const ConvertOptions& options, const std::vector<input::InputFingerprint>& sources,
                             std::string_view libraries) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object().field("version", version).field("libraries", libraries);
  write_options_json(json, options);
  write_rules(json, options.limits);
  json.field("number_of_inputs", std::uint64_t{sources.size()}).begin_object("input");
  for (std::size_t i = 0; i < sources.size(); ++i)
    json.begin_object(std::to_string(i + 1))
        .field("path", sources[i].path)
        .field("bytes", sources[i].bytes)
        .field("modified_ns", std::to_string(sources[i].modified_ns))
        .field("sample", sources[i].sample)
        .end_object();
  return json.end_object().end_object().take();
}

std::optional<std::string> difference(std::string_view then, std::string_view now) {
  if (then == now) return std::nullopt;
  simdjson::dom::parser old_parser, new_parser;
  simdjson::dom::element old_document, new_document;
  if (old_parser.parse(then.data(), then.size()).get(old_document) ||
      new_parser.parse(now.data(), now.size()).get(new_document))
    return "its record of options and inputs cannot be read";
  return difference_of("", old_document, new_document);
}

namespace {

// Of an input as the JSON of a run has it, whose path may have been no UTF-8.
std::optional<std::string> difference_of_path(simdjson::dom::element then, const std::string& now, std::size_t number) {
  std::string_view path;
  if (then["path"].get(path)) return "it names no inputs";
  if (path == json::as_utf8(now)) return std::nullopt;
  return fmt::format("input {} was {}", number, path);
}

std::optional<std::string> difference_from_manifest(simdjson::dom::element then, simdjson::dom::element now,
                                                    const std::vector<std::string>& sources) {
  for (const char* const key : {"profile", "limits", "options", "store"}) {
    simdjson::dom::element before, after;
    const bool was = !then[key].get(before), is = !now[key].get(after);
    // A store is there only where the options, which are compared before it, say so.
    if (!was && !is && std::string_view(key) == "store") continue;
    if (!was || !is) return fmt::format("it has no {}", key);
    if (auto other = difference_of(key, before, after)) return other;
  }
  simdjson::dom::array inputs;
  if (then["inputs"].get(inputs)) return "it names no inputs";
  if (inputs.size() != sources.size()) return fmt::format("it had {} inputs", inputs.size());
  std::size_t i = 0;
  for (const auto input : inputs) {
    const std::string& source = sources[i++];
    if (auto other = difference_of_path(input, source, i)) return other;
    std::uint64_t bytes = 0;
    if (input["bytes"].get(bytes)) return "it names no inputs";
    std::error_code error;
    if (const auto size = std::filesystem::file_size(source, error); error || size != bytes)
      return fmt::format("input {} had {} bytes", json::as_utf8(source), bytes);
  }
  return std::nullopt;
}

// A run.json of an older version, which has neither, makes no difference.
RunResult<std::optional<std::string>> difference_from_run_json(simdjson::dom::element then, simdjson::dom::element now,
                                                               const std::vector<std::string>& sources) {
  simdjson::dom::element before, after;
  if (!then["profile_rules"].get(before) && !now["profile_rules"].get(after))
    if (auto other = difference_of("profile_rules", before, after)) return other;
  simdjson::dom::array inputs;
  if (then["inputs_modified_ns"].get(inputs)) return std::nullopt;
  std::size_t i = 0;
  for (const auto input : inputs) {
    if (i == sources.size()) break;
    const std::string& source = sources[i++];
    std::string_view modified_ns;
    if (source == "-" || input["modified_ns"].get(modified_ns)) continue;
    const FileState state = VISIONSHARD_TRY(file_state(source));
    if (modified_ns != std::to_string(state.modified_ns))
      return std::optional(fmt::format("input {} was modified since", json::as_utf8(source)));
  }
  return std::nullopt;
}

}  // namespace

RunResult<std::optional<std::string>> difference_from_finished_run(const std::string& directory,
                                                                   const ConvertOptions& options,
                                                                   const std::vector<std::string>& sources) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object();
  write_options_json(json, options);
  write_rules(json, options.limits);
  const std::string choices = json.end_object().take();
  simdjson::dom::parser then_parser, now_parser;
  simdjson::dom::element then, now;
  if (now_parser.parse(choices).get(now)) return run_fault("the options cannot be written as JSON");
  const auto read = [&](const char* name) -> RunResult<bool> {
    const std::string path = fmt::format("{}/{}", directory, name);
    const auto text = VISIONSHARD_TRY(read_file(path));
    if (!text) return false;
    if (const auto error = then_parser.parse(*text).get(then); error)
      return run_fault(fmt::format("{}: cannot be read: {}", path, simdjson::error_message(error)));
    return true;
  };
  if (!VISIONSHARD_TRY(read(manifest_name))) return std::optional<std::string>("its manifest is gone");
  if (auto other = difference_from_manifest(then, now, sources)) return other;
  // It is not synced: what a power loss left of it says nothing.
  const auto has_run_json = read(run_json_name);
  if (!has_run_json || !*has_run_json) return std::nullopt;
  return difference_from_run_json(then, now, sources);
}

}  // namespace visionshard::output
