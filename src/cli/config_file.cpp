#include "cli/config_file.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/toml_file.h"

namespace visionshard::cli {
namespace {

// The texts a value would be on the command line; nothing for a kind that no option takes.
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

std::string apply(CLI::App& app, const std::string& key, const toml::node& value) {
  CLI::Option* option = nullptr;
  for (CLI::Option* const candidate : app.get_options())
    if (candidate->check_lname(key) || candidate->get_name() == key) option = candidate;
  if (option == nullptr || key == "config" || key == "help") return fmt::format("there is no option '{}'", key);
  if (option->count() > 0) return {};
  const auto texts = texts_of(value);
  if (!texts) return fmt::format("'{}' takes no value of this kind", key);
  try {
    for (const std::string& text : *texts) option->add_result(text);
    option->run_callback();
  } catch (const CLI::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

std::string apply_config_file(CLI::App& app, const std::string& path) {
  toml::table table;
  if (std::string wrong = read_toml(path, table); !wrong.empty()) return wrong;
  for (const auto& [key, value] : table) {
    const std::string wrong = apply(app, std::string(key.str()), value);
    if (!wrong.empty()) return fmt::format("{}:{}: {}", path, key.source().begin.line, wrong);
  }
  return {};
}

}  // namespace visionshard::cli
