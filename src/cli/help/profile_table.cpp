#include "cli/help/profile_table.h"

#include <fmt/format.h>
#include <visionshard/profile.h>

#include <functional>

#include "base/number_text.h"

namespace visionshard::cli {
namespace {

std::string number(std::uint64_t value) { return value == no_limit ? "-" : grouped(value); }
std::string yes(bool value) { return value ? "yes" : "no"; }

std::string roles(const Limits& l) {
  if (!l.example_rules) return "any";
  std::string text = l.system_first_only ? "system (first)" : "system";
  return text + (l.function_role ? " function" : "");
}

std::string weights(const Limits& l) {
  if (!l.example_rules) return "any";
  return l.weight_on_any_role ? "any message" : "assistants";
}

std::string weight_values(const Limits& l) {
  if (!l.example_rules) return "any";
  return l.image_weight_zero ? "0 1, images 0" : l.integer_weight ? "0 1" : "0 1 0.0 1.0";
}

}  // namespace

std::string profile_table() {
  std::string out;
  const auto row = [&](const char* label, const std::function<std::string(const Limits&)>& cell) {
    out += fmt::format("{:<26}", label);
    for (const Profile& profile : profiles()) out += fmt::format("{:>15}", cell(profile.limits));
    out += '\n';
  };
  out += fmt::format("{:<26}", "");
  for (const Profile& profile : profiles()) out += fmt::format("{:>15}", profile.name);
  out += '\n';
  row("images per example", [](const Limits& l) { return number(l.max_images_per_example); });
  row("bytes per image", [](const Limits& l) { return number(l.max_image_bytes); });
  row("characters per URL", [](const Limits& l) { return number(l.max_url_chars); });
  row("image examples per file", [](const Limits& l) { return number(l.max_image_examples); });
  row("bytes per file", [](const Limits& l) { return number(l.max_shard_bytes); });
  row("minimum examples per file", [](const Limits& l) { return number(l.min_examples); });
  row("image tokens per example", [](const Limits& l) { return number(l.max_image_tokens); });
  row("formats", [](const Limits& l) { return l.webp ? "JPEG PNG WebP" : "JPEG PNG"; });
  row("http(s) URLs", [](const Limits& l) { return l.urls ? "kept" : "rejected"; });
  row("images in messages of", [](const Limits& l) { return l.images_user_only ? "users" : "not assistants"; });
  row("exact media type", [](const Limits& l) { return yes(l.exact_media_type); });
  row("messages are checked", [](const Limits& l) { return yes(l.example_rules); });
  row("further roles", roles);
  row("developer becomes", [](const Limits& l) { return l.developer_to_system ? "system" : "-"; });
  row("needs a user message", [](const Limits& l) { return yes(l.user_required); });
  row("further parts", [](const Limits& l) { return !l.example_rules ? "any" : l.refusal_parts ? "refusal" : "-"; });
  row("weight is allowed on", weights);
  row("values of weight", weight_values);
  row("tool calls are checked", [](const Limits& l) { return yes(l.tool_rules); });
  row("merges equal roles", [](const Limits& l) { return l.alternate_roles ? "except tool" : "no"; });
  row("turns strings into parts", [](const Limits& l) { return yes(l.uniform_contents); });
  row("removes unknown keys", [](const Limits& l) { return yes(l.known_keys_only); });
  row("images in preferences", [](const Limits& l) { return yes(l.preference_images); });
  row("messages of an output", [](const Limits& l) { return l.one_output_message ? "one" : "any number"; });
  row("outputs are strings", [](const Limits& l) { return yes(l.string_outputs); });
  row("input may end with", [](const Limits& l) { return l.prompt_not_by_assistant ? "not assistants" : "any role"; });
  row("reinforcement examples", [](const Limits& l) { return yes(l.reinforcement); });
  row("one fault fails a file", [](const Limits& l) { return yes(l.strict_file); });
  return out;
}

}  // namespace visionshard::cli
