#include "cli/arguments/profile_file.h"

#include <fmt/format.h>
#include <visionshard/profile.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <variant>

#include "cli/arguments/size.h"
#include "cli/arguments/toml_file.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

struct Key {
  std::string_view name;
  std::variant<std::uint64_t Limits::*, bool Limits::*> member;
  std::string_view meaning;
};

constexpr std::array profile_file_keys = {
    Key{"max_images_per_example", &Limits::max_images_per_example, "number; images in one example"},
    Key{"max_image_bytes", &Limits::max_image_bytes, "size; decoded bytes of one image"},
    Key{"max_image_examples", &Limits::max_image_examples, "number; examples with images in one file"},
    Key{"max_shard_bytes", &Limits::max_shard_bytes, "size; bytes of one file"},
    Key{"min_examples", &Limits::min_examples, "number; a file with fewer examples is refused"},
    Key{"max_url_chars", &Limits::max_url_chars, "number; characters of one data URL"},
    Key{"max_image_tokens", &Limits::max_image_tokens, "number; tokens of all images in one example"},
    Key{"webp", &Limits::webp, "true or false: WebP is accepted"},
    Key{"urls", &Limits::urls, "true or false: http(s) URLs are accepted"},
    Key{"exact_media_type", &Limits::exact_media_type, "true or false: a data URL must name the image's real type"},
    Key{"images_user_only", &Limits::images_user_only, "true or false: only user messages may have images"},
    Key{"example_rules", &Limits::example_rules, "true or false: messages, roles and contents are checked"},
    Key{"function_role", &Limits::function_role, "true or false: the role function is accepted"},
    Key{"developer_to_system", &Limits::developer_to_system, "true or false: the role developer becomes system"},
    Key{"system_first_only", &Limits::system_first_only, "true or false: a system message must be the first message"},
    Key{"user_required", &Limits::user_required, "true or false: an example needs a user message"},
    Key{"refusal_parts", &Limits::refusal_parts, "true or false: assistant messages may have refusal parts"},
    Key{"weight_on_any_role", &Limits::weight_on_any_role, "true or false: messages of any role may have a weight"},
    Key{"integer_weight", &Limits::integer_weight, "true or false: weights are 0 and 1, not 0.0 and 1.0"},
    Key{"image_weight_zero", &Limits::image_weight_zero, "true or false: a message with an image must have weight 0"},
    Key{"tool_rules", &Limits::tool_rules, "true or false: the types of tool calls and tools are checked"},
    Key{"alternate_roles", &Limits::alternate_roles,
        "true or false: consecutive messages of one role are merged, except tool messages"},
    Key{"uniform_contents", &Limits::uniform_contents,
        "true or false: string contents become text parts if the example has lists of parts"},
    Key{"known_keys_only", &Limits::known_keys_only,
        "true or false: top-level keys other than messages, tools and weight are removed"},
    Key{"preference_images", &Limits::preference_images,
        "true or false: the input of a preference example may have images"},
    Key{"one_output_message", &Limits::one_output_message,
        "true or false: each output of a preference example is one assistant message"},
    Key{"string_outputs", &Limits::string_outputs, "true or false: the content of an output is a string"},
    Key{"prompt_not_by_assistant", &Limits::prompt_not_by_assistant,
        "true or false: the input of a preference example does not end with an assistant message"},
    Key{"reinforcement", &Limits::reinforcement, "true or false: examples without an answer, for a grader, are taken"},
    Key{"strict_file", &Limits::strict_file, "true or false: one bad example or blank line fails the whole file"},
};

std::optional<std::uint64_t> number_in(const toml::node& value) {
  if (const auto* number = value.as_integer(); number != nullptr && number->get() >= 0)
    return static_cast<std::uint64_t>(number->get());
  const auto* text = value.as_string();
  if (text == nullptr) return std::nullopt;
  return text->get() == "none" ? no_limit : parse_size(text->get());
}

std::string set(Limits& limits, const Key& key, const toml::node& value) {
  if (const auto* flag = std::get_if<bool Limits::*>(&key.member)) {
    if (value.as_boolean() == nullptr) return fmt::format("'{}' must be true or false", key.name);
    limits.*(*flag) = value.as_boolean()->get();
    return {};
  }
  const auto number = number_in(value);
  if (!number) return fmt::format("'{}' must be a number, a size such as \"10MB\", or \"none\"", key.name);
  if (*number == 0 && (key.name == "max_shard_bytes" || key.name == "max_image_examples"))
    return fmt::format("'{}' must be at least 1", key.name);
  const auto member = std::get<std::uint64_t Limits::*>(key.member);
  // The one limit that is a least number.
  limits.*member = member == &Limits::min_examples && *number == no_limit ? 0 : *number;
  return {};
}

std::string apply(const toml::table& table, const std::string& path, ChosenProfile& profile) {
  const auto error_at = [&](const auto& place, const std::string& what) {
    return fmt::format("{}:{}: {}", path, place.source().begin.line, what);
  };
  profile.name = std::filesystem::path(path).stem().native();
  const toml::node* const base = table.get("base");
  const Profile* const named =
      base != nullptr && base->is_string() ? find_profile(base->as_string()->get()) : find_profile("openai");
  if (base != nullptr && (!base->is_string() || named == nullptr))
    return error_at(*base, "'base' must be openai, azure, together, fireworks or none");
  profile.limits = named->limits;
  for (const auto& [name, value] : table) {
    if (name == "base") continue;
    if (name == "name") {
      if (!value.is_string() || value.as_string()->get().empty())
        return error_at(value, "'name' must be a string that is not empty");
      profile.name = value.as_string()->get();
      continue;
    }
    const std::string_view wanted = name.str();
    if (wanted == "fewest_examples") return error_at(name, "'fewest_examples' is now called 'min_examples'; rename it");
    const auto key = std::find_if(profile_file_keys.begin(), profile_file_keys.end(),
                                  [&](const Key& k) { return k.name == wanted; });
    if (key == profile_file_keys.end())
      return error_at(name,
                      fmt::format("there is no key '{}' in a profile; see visionshard profiles", excerpt(wanted)));
    if (const std::string error = set(profile.limits, *key, value); !error.empty()) return error_at(value, error);
  }
  return {};
}

}  // namespace

bool is_profile_file(const std::string& text) { return text.ends_with(".toml") || text.find('/') != std::string::npos; }

std::string read_profile_file(const std::string& path, ChosenProfile& profile) {
  toml::table table;
  const std::string error = read_toml(path, table);
  return error.empty() ? apply(table, path, profile) : error;
}

std::string profile_keys() {
  std::string out =
      "  base = \"openai\"            the built-in profile to start from (default: openai)\n"
      "  name = \"mine\"              the name in the manifest (default: the name of the file)\n";
  for (const Key& key : profile_file_keys) out += fmt::format("  {:<24}   {}\n", key.name, key.meaning);
  return out;
}

}  // namespace visionshard::cli
