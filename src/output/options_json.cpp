#include "output/options_json.h"

#include <array>
#include <utility>

namespace visionshard::output {
namespace {

template <class Value, std::size_t n>
using Names = std::array<std::pair<Value, const char*>, n>;

constexpr Names<OnBad, 2> on_bad_names = {{{OnBad::reject, "reject"}, {OnBad::drop, "drop"}}};
constexpr Names<Duplicates, 2> duplicates_names = {{{Duplicates::keep, "keep"}, {Duplicates::drop, "drop"}}};
constexpr Names<Verify, 2> verify_names = {{{Verify::structure, "structure"}, {Verify::pixels, "pixels"}}};
constexpr Names<Orient, 2> orient_names = {{{Orient::bake, "bake"}, {Orient::keep, "keep"}}};
constexpr Names<Rejects, 2> rejects_names = {{{Rejects::full, "full"}, {Rejects::reference, "reference"}}};
constexpr Names<DigestOption, 2> digest_names = {{{DigestOption::xxh128, "xxh128"}, {DigestOption::sha256, "sha256"}}};
constexpr Names<FitModel, 2> fit_model_names = {{{FitModel::off, "off"}, {FitModel::tiles, "tiles"}}};
constexpr Names<DetailOption, 4> detail_names = {{{DetailOption::keep, "keep"},
                                                  {DetailOption::low, "low"},
                                                  {DetailOption::high, "high"},
                                                  {DetailOption::automatic, "auto"}}};

template <class Value, std::size_t n>
const char* name_in(const Names<Value, n>& names, Value wanted) {
  for (const auto& [value, name] : names)
    if (value == wanted) return name;
  return "";
}

template <class Value, std::size_t n>
Value value_in(const Names<Value, n>& names, const std::string& wanted) {
  for (const auto& [value, name] : names)
    if (name == wanted) return value;
  throw JsonReader::NotOurs();
}

// One list of each group's members for writing and reading: visit(key, member).
template <class L, class Visit>
void each_limit(L& l, Visit visit) {
  visit("max_images_per_example", l.max_images_per_example);
  visit("max_image_bytes", l.max_image_bytes);
  visit("max_image_examples", l.max_image_examples);
  visit("max_shard_bytes", l.max_shard_bytes);
}

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
  visit("strict_file", l.strict_file);
}

}  // namespace

// Threads, memory and progress change no byte and are not among them.
void write_options_json(JsonWriter& json, const ConvertOptions& o) {
  json.field("profile", o.profile).begin_object("limits");
  each_limit(o.limits, [&](const char* key, std::uint64_t value) { json.limit(key, value); });
  json.end_object()
      .begin_object("options")
      .limit("max_pixels", o.image.max_pixels)
      .limit("max_line_bytes", o.line.max_line_bytes)
      .field("verify", name_in(verify_names, o.image.verify))
      .field("orient", name_in(orient_names, o.image.orient))
      .field("min_quality", static_cast<std::uint64_t>(o.image.min_quality))
      .field("detail", name_in(detail_names, o.line.detail))
      .field("fit_model", name_in(fit_model_names, o.image.fit_model))
      .limit("shards", o.shards.value_or(no_limit))
      .field("on_bad_image", name_in(on_bad_names, o.line.on_bad_image))
      .field("on_assistant_image", name_in(on_bad_names, o.line.on_assistant_image))
      .field("duplicates", name_in(duplicates_names, o.line.duplicates))
      .field("image_root", o.line.image_root)
      .field("prefix", o.output.prefix)
      .field("rejects", name_in(rejects_names, o.output.rejects))
      .field("digest", name_in(digest_names, o.output.digest))
      .end_object();
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
  const JsonReader limits = reader.object("limits"), rules = reader.object("profile_rules");
  each_limit(o.limits, [&](const char* key, std::uint64_t& value) { value = limits.limit(key); });
  each_rule(o.limits, [&](const char* key, auto& value) {
    if constexpr (std::is_same_v<decltype(value), bool&>)
      value = rules.flag(key);
    else
      value = rules.limit(key);
  });
  const JsonReader options = reader.object("options");
  o.image.max_pixels = options.limit("max_pixels");
  o.line.max_line_bytes = options.limit("max_line_bytes");
  o.image.verify = value_in(verify_names, options.text("verify"));
  o.image.orient = value_in(orient_names, options.text("orient"));
  o.image.min_quality = static_cast<int>(options.number("min_quality"));
  o.line.detail = value_in(detail_names, options.text("detail"));
  o.image.fit_model = value_in(fit_model_names, options.text("fit_model"));
  if (const std::uint64_t shards = options.limit("shards"); shards != no_limit) o.shards = shards;
  o.line.on_bad_image = value_in(on_bad_names, options.text("on_bad_image"));
  o.line.on_assistant_image = value_in(on_bad_names, options.text("on_assistant_image"));
  o.line.duplicates = value_in(duplicates_names, options.text("duplicates"));
  o.line.image_root = options.text("image_root");
  o.output.prefix = options.text("prefix");
  o.output.rejects = value_in(rejects_names, options.text("rejects"));
  o.output.digest = value_in(digest_names, options.text("digest"));
  return o;
}

}  // namespace visionshard::output
