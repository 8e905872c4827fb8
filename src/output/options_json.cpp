#include "output/options_json.h"

#include "base/share.h"
#include "near_duplicates/pdq.h"

namespace visionshard::output {
namespace {

struct WriteOption {
  JsonWriter& json;

  void operator()(const char* key, std::uint64_t value) { json.limit(key, value); }
  void operator()(const char* key, std::optional<std::uint64_t> value) { json.limit(key, value.value_or(no_limit)); }
  void operator()(const char* key, int value) { json.field(key, static_cast<std::uint64_t>(value)); }
  void operator()(const char* key, const std::string& value) { json.field(key, value); }
  void operator()(const char* key, bool value) { json.field(key, value); }
  void operator()(const char* key, const ValidationSize& value) { json.field(key, validation_text(value)); }
  void operator()(const char* key, const KeptSplit& value) {
    json.begin_object(key).field("path", value.path).field("xxh128", value.xxh128).end_object();
  }
  void operator()(const char* key, Share value) { json.field(key, share_text(value)); }
  void operator()(const char* key, const std::vector<ExclusionList>& lists) {
    json.begin_array(key);
    for (const ExclusionList& list : lists)
      json.begin_object().field("path", list.path).field("xxh128", list.xxh128).end_object();
    json.end_array();
  }
  template <class Value>
  requires std::is_enum_v<Value>
  void operator()(const char* key, Value value) { json.field(key, word_for(words_of(value), value)); }
};

struct ReadOption {
  const JsonReader& reader;

  void operator()(const char* key, std::uint64_t& value) { value = reader.limit(key); }
  void operator()(const char* key, std::optional<std::uint64_t>& value) {
    if (const std::uint64_t number = reader.limit(key); number != no_limit) value = number;
  }
  void operator()(const char* key, int& value) { value = static_cast<int>(reader.number(key)); }
  void operator()(const char* key, std::string& value) { value = reader.text(key); }
  void operator()(const char* key, bool& value) { value = reader.flag(key); }
  void operator()(const char* key, ValidationSize& value) {
    const auto size = parse_validation(reader.text(key));
    if (!size) throw JsonReader::NotOurs();
    value = *size;
  }
  void operator()(const char* key, KeptSplit& value) {
    const JsonReader kept = reader.object(key);
    value = {kept.text("path"), kept.text("xxh128")};
  }
  void operator()(const char* key, Share& value) {
    const auto share = parse_share(reader.text(key));
    if (!share) throw JsonReader::NotOurs();
    value = *share;
  }
  void operator()(const char* key, std::vector<ExclusionList>& lists) {
    for (const auto element : reader.array(key)) {
      const JsonReader list{simdjson::dom::object(element)};
      lists.push_back({list.text("path"), list.text("xxh128")});
    }
  }
  template <class Value>
  requires std::is_enum_v<Value>
  void operator()(const char* key, Value& value) {
    const std::string text = reader.text(key);
    for (const auto& each : words_of(value))
      if (each.word == text) return void(value = each.value);
    throw JsonReader::NotOurs();
  }
};

// One list for writing and reading: visit(key, member).
template <class L, class Visit>
void each_rule(L& l, Visit visit) {
  visit("min_examples", l.min_examples);
  visit("max_url_chars", l.max_url_chars);
  visit("webp", l.webp);
  visit("urls", l.urls);
  visit("exact_media_type", l.exact_media_type);
  visit("images_user_only", l.images_user_only);
  visit("example_rules", l.example_rules);
  visit("function_role", l.function_role);
  visit("developer_to_system", l.developer_to_system);
  visit("system_first_only", l.system_first_only);
  visit("user_required", l.user_required);
  visit("refusal_parts", l.refusal_parts);
  visit("weight_on_any_role", l.weight_on_any_role);
  visit("integer_weight", l.integer_weight);
  visit("image_weight_zero", l.image_weight_zero);
  visit("tool_rules", l.tool_rules);
  visit("alternate_roles", l.alternate_roles);
  visit("uniform_contents", l.uniform_contents);
  visit("known_keys_only", l.known_keys_only);
  visit("preference_images", l.preference_images);
  visit("one_output_message", l.one_output_message);
  visit("string_outputs", l.string_outputs);
  visit("prompt_not_by_assistant", l.prompt_not_by_assistant);
  visit("reinforcement", l.reinforcement);
  visit("strict_file", l.strict_file);
}

}  // namespace

void write_options_json(JsonWriter& json, const ConvertOptions& o) {
  json.field("profile", o.profile).begin_object("limits");
  each_limit(o, WriteOption{json});
  json.end_object().begin_object("options");
  WriteOption write{json};
  each_option(o, write);
  each_rare_option(o, [&](const char* key, const auto& value, const auto& usual) {
    if (value != usual) write(key, value);
  });
  if (o.shaping.near_duplicates != NearDuplicates::off)
    json.field("near_duplicates_decode_version", std::uint64_t{near_duplicates::decode_version});
  json.end_object();
  if (!o.line.store_xxh128.empty()) json.begin_object("store").field("xxh128", o.line.store_xxh128).end_object();
}

void write_rules(JsonWriter& json, const Limits& limits) {
  json.begin_object("profile_rules");
  each_rule(limits, [&](const char* key, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const bool&>)
      json.field(key, value);
    else
      json.limit(key, value);
  });
  json.end_object();
}

ConvertOptions read_options_json(const JsonReader& reader) {
  ConvertOptions o;
  o.profile = reader.text("profile");
  const JsonReader limits = reader.object("limits"), rules = reader.object("profile_rules"),
                   options = reader.object("options");
  each_limit(o, ReadOption{limits});
  each_rule(o.limits, [&](const char* key, auto& value) {
    if constexpr (std::is_same_v<decltype(value), bool&>)
      value = rules.flag(key);
    else
      value = rules.limit(key);
  });
  ReadOption read{options};
  each_option(o, read);
  each_rare_option(o, [&](const char* key, auto& value, const auto&) {
    if (options.has(key)) read(key, value);
  });
  if (o.line.urls == UrlsOption::inlined) o.line.store_xxh128 = reader.object("store").text("xxh128");
  return o;
}

}  // namespace visionshard::output
