#include "cli/arguments/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <vector>

#include "base/json_text.h"
#include "cli/arguments/suggestion.h"
#include "cli/arguments/toml_file.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

// The value as it would be typed on the command line; nothing for a type that no option takes.
std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return {{text->get()}};
  if (const auto* number = node.as_integer()) return {{std::to_string(number->get())}};
  if (const auto* number = node.as_floating_point()) return {{fmt::format("{}", number->get())}};
  if (const auto* flag = node.as_boolean()) return {{flag->get() ? "true" : "false"}};
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> all;
  for (const toml::node& element : *array) {
    auto texts = element.is_array() ? std::nullopt : texts_of(element);
    if (!texts) return std::nullopt;
    all.insert(all.end(), texts->begin(), texts->end());
  }
  return all;
}

// The name of the option in a file: without dashes.
std::string key_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
}

bool is_setting(const CLI::Option& option) { return key_of(option) != "help"; }

CLI::Option* option_of(CLI::App& app, const std::string& key) {
  const auto options = app.get_options();
  const auto found =
      std::find_if(options.begin(), options.end(), [&](const CLI::Option* option) { return key_of(*option) == key; });
  return found == options.end() ? nullptr : *found;
}

// One file can be used for all commands: each command uses the keys of its own options.
bool is_option_of_another(CLI::App& app, const std::string& key) {
  if (key == "config" || key == "help") return false;
  if (app.get_parent() == nullptr) return false;
  const auto commands = app.get_parent()->get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(commands.begin(), commands.end(),
                     [&](CLI::App* command) { return option_of(*command, key) != nullptr; });
}

std::vector<std::string> keys_of(CLI::App& app) {
  std::vector<std::string> keys;
  for (const CLI::Option* const option : app.get_options())
    if (is_setting(*option) && key_of(*option) != "config") keys.push_back(key_of(*option));
  return keys;
}

std::string set(CLI::Option& option, const std::vector<std::string>& texts) {
  try {
    for (const std::string& text : texts) option.add_result(text);
    option.run_callback();
  } catch (const CLI::Error& error) {
    return error.what();
  }
  return {};
}

std::string toml_text(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

bool takes_many(const CLI::Option& option) {
  return option.get_expected_max() > 1 || option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

std::string toml_value(const CLI::Option& option) {
  const std::vector<std::string>& results = option.results();
  if (option.get_expected_max() == 0) return option.as<bool>() ? "true" : "false";
  if (!takes_many(option)) return toml_text(results.back());
  std::string all;
  for (const std::string& result : results) all += (all.empty() ? "" : ", ") + toml_text(result);
  return "[" + all + "]";
}

}  // namespace

std::string environment_name(const CLI::Option& option) {
  std::string name = "VISIONSHARD_" + key_of(option);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string mistyped_variables(CLI::App& app, const char* const* environment) {
  constexpr std::string_view prefix = "VISIONSHARD_";
  const auto ending = [&](const CLI::Option& option) { return environment_name(option).substr(prefix.size()); };
  std::vector<std::string> known = {"TASK", "TASKS"}, near;
  for (CLI::App* const command : app.get_parent()->get_subcommands([](const CLI::App*) { return true; }))
    for (const CLI::Option* const option : command->get_options()) known.push_back(ending(*option));
  for (const CLI::Option* const option : app.get_options()) near.push_back(ending(*option));
  std::string warnings;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    std::string_view name = *environment;
    name = name.substr(0, name.find('='));
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (const std::string nearest = suggestion(name, near); !nearest.empty())
      warnings += fmt::format("visionshard: warning: {}{} belongs to no option{}\n", prefix, printable(name), nearest);
  }
  return warnings;
}

std::string Settings::apply(CLI::App& app, const Environment& environment) {
  if (std::string error = apply_environment(app, environment); !error.empty()) return error;
  const CLI::Option* const config = app.get_option_no_throw("--config");
  return config == nullptr || config->count() == 0 ? std::string() : apply_file(app, config->results().back());
}

std::string Settings::apply_environment(CLI::App& app, const Environment& environment) {
  for (CLI::Option* const option : app.get_options()) {
    // read_shares() reads the task from the environment.
    const bool named = !option->get_lnames().empty() && is_setting(*option);
    if (!named || option->count() > 0 || key_of(*option) == "task" || key_of(*option) == "tasks") continue;
    const std::string name = environment_name(*option);
    const char* const text = environment(name.c_str());
    if (text == nullptr || *text == '\0') continue;
    if (const std::string error = set(*option, {text}); !error.empty()) return fmt::format("{}: {}", name, error);
    sources_[option] = name;
  }
  return {};
}

std::string Settings::apply_file(CLI::App& app, const std::string& path) {
  toml::table table;
  if (std::string error = read_toml(path, table); !error.empty()) return error;
  for (const auto& [toml_key, value] : table) {
    const std::string key(toml_key.str());
    const auto line = toml_key.source().begin.line;
    CLI::Option* const found = key == "config" || key == "help" ? nullptr : option_of(app, key);
    if (found == nullptr && is_option_of_another(app, key)) continue;
    if (found == nullptr)
      return fmt::format("{}:{}: there is no option '{}'{}", path, line, excerpt(key), suggestion(key, keys_of(app)));
    CLI::Option& option = *found;
    if (option.count() > 0) continue;
    const auto texts = texts_of(value);
    if (!texts) return fmt::format("{}:{}: '{}' does not take a value of this type", path, line, excerpt(key));
    if (texts->empty() && takes_many(option)) continue;
    if (texts->empty()) return fmt::format("{}:{}: '{}' takes one value, and the list is empty", path, line, key);
    if (const std::string error = set(option, *texts); !error.empty())
      return fmt::format("{}:{}: {}", path, line, error);
    sources_[&option] = fmt::format("{}:{}", path, line);
  }
  return {};
}

std::string Settings::check_toml(const CLI::App& app) const {
  for (const CLI::Option* const option : app.get_options())
    for (const std::string& result : option->results())
      if (json::as_utf8(result) != result)
        return fmt::format("{}: {} is no UTF-8 text, and a TOML file has no others; give it on the command line",
                           option->get_name(), printable(result));
  return {};
}

std::string Settings::as_toml(const CLI::App& app) const {
  std::string out;
  for (const CLI::Option* const option : app.get_options()) {
    const std::string key = key_of(*option);
    if (!is_setting(*option) || key == "config") continue;
    if (option->count() > 0) {
      const auto source = sources_.find(option);
      const std::string setting = fmt::format("{} = {}", key, toml_value(*option));
      out +=
          fmt::format("{:<40} # {}\n", setting, source == sources_.end() ? "command line" : printable(source->second));
    } else if (!option->get_default_str().empty()) {
      out += fmt::format("{:<40} # default\n", fmt::format("{} = {}", key, toml_text(option->get_default_str())));
    } else {
      out += fmt::format("# {:<38} # default\n", key);
    }
  }
  return out;
}

}  // namespace visionshard::cli
