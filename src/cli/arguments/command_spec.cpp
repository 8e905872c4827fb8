#include "cli/arguments/command_spec.h"

#include <sstream>

namespace visionshard::cli {

// CLI11 writes TYPE:CHECK where a check says what it lets through.
std::string value_name(const CLI::Option& option) {
  if (!option.get_option_text().empty()) return option.get_option_text();
  if (option.get_type_size() == 0) return {};
  const std::string type = option.get_type_name();
  return type.substr(type.rfind(':') + 1);
}

namespace {

std::vector<std::string> alternatives(const std::string& value) {
  std::vector<std::string> all;
  std::istringstream words(value);
  for (std::string word; std::getline(words, word, '|');) all.push_back(word);
  return all;
}

bool is_choice(const std::string& word) { return word[0] >= 'a' && word[0] <= 'z'; }

OptionSpec describe(const CLI::Option& option) {
  OptionSpec d;
  for (const std::string& name : option.get_snames()) d.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) d.names.push_back("--" + name);
  d.value = value_name(option);
  for (const std::string& word : alternatives(d.value)) {
    if (is_choice(word)) d.choices.push_back(word);
    d.takes_file |= word == "FILE" || word == "MANIFEST";
    d.takes_directory |= word == "DIR";
  }
  d.default_value = option.get_default_str();
  d.description = option.get_description();
  return d;
}

CommandSpec describe(const CLI::App& app) {
  CommandSpec d{app.get_name(), app.get_description(), {}, {}, app.get_footer()};
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    OperandSpec& operand = d.operands.emplace_back();
    operand.name = option->get_name(true);
    operand.description = option->get_description();
    operand.repeats = option->get_expected_max() >= CLI::detail::expected_max_vector_size;
    for (const std::string& word : alternatives(value_name(*option)))
      if (is_choice(word)) operand.choices.push_back(word);
  }
  for (const std::string& group : app.get_groups()) {
    const auto options = app.get_options(
        [&](const CLI::Option* o) { return !group.empty() && o->get_group() == group && o->nonpositional(); });
    if (options.empty()) continue;
    OptionGroup& named = d.groups.emplace_back(OptionGroup{group, {}});
    for (const CLI::Option* option : options) named.options.push_back(describe(*option));
  }
  return d;
}

}  // namespace

ProgramSpec describe_program(const CLI::App& app) {
  ProgramSpec d{describe(app), {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); }))
    d.commands.push_back(describe(*command));
  return d;
}

std::vector<std::string> option_names(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const OptionGroup& group : command.groups)
    for (const OptionSpec& option : group.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

}  // namespace visionshard::cli
