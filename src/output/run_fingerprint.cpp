#include "output/run_fingerprint.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <visionshard/version.h>

#include <filesystem>

#include "base/json_writer.h"
#include "output/options_json.h"

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

RunResult<std::optional<std::string>> difference_from_manifest(const std::string& path, const ConvertOptions& options,
                                                               const std::vector<std::string>& sources) {
  simdjson::dom::parser then_parser, now_parser;
  simdjson::dom::element then, now;
  if (const auto error = then_parser.load(path).get(then); error)
    return run_fault(fmt::format("{}: cannot be read: {}", path, simdjson::error_message(error)));
  JsonWriter json(JsonLayout::one_line);
  json.begin_object();
  write_options_json(json, options);
  const std::string choices = json.end_object().take();
  if (now_parser.parse(choices).get(now)) return run_fault("the options cannot be written as JSON");
  for (const char* const key : {"profile", "limits", "options", "store"}) {
    simdjson::dom::element before, after;
    const bool was = !then[key].get(before), is = !now[key].get(after);
    // A store is there only where the options, which are compared before it, say so.
    if (!was && !is && std::string_view(key) == "store") continue;
    if (!was || !is) return std::optional(fmt::format("it has no {}", key));
    if (auto other = difference_of(key, before, after)) return other;
  }
  simdjson::dom::array inputs;
  if (then["inputs"].get(inputs)) return std::optional<std::string>("it names no inputs");
  std::size_t i = 0;
  for (const auto input : inputs) {
    std::string_view name;
    std::uint64_t bytes = 0;
    if (input["path"].get(name) || input["bytes"].get(bytes)) return std::optional<std::string>("it names no inputs");
    if (i == sources.size() || name != sources[i]) return std::optional(fmt::format("input {} was {}", i + 1, name));
    std::error_code error;
    if (const auto size = std::filesystem::file_size(sources[i], error); error || size != bytes)
      return std::optional(fmt::format("input {} had {} bytes", name, bytes));
    ++i;
  }
  return i == sources.size() ? std::nullopt : std::optional(fmt::format("it had {} inputs", i));
}

}  // namespace visionshard::output
