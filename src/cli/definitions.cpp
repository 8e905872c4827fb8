#include "cli/definitions.h"

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

DefinedOption defined(const CLI::Option& option) {
  DefinedOption d;
  for (const std::string& name : option.get_snames()) d.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) d.names.push_back("--" + name);
  d.value = value_name(option);
  std::istringstream alternatives(d.value);
  for (std::string word; std::getline(alternatives, word, '|');) {
    if (word[0] >= 'a' && word[0] <= 'z') d.choices.push_back(word);
    d.takes_file |= word == "FILE";
    d.takes_directory |= word == "DIR";
  }
  d.default_value = option.get_default_str();
  d.description = option.get_description();
  return d;
}

DefinedCommand defined(const CLI::App& app) {
  DefinedCommand d{app.get_name(), app.get_description(), {}, {}, app.get_footer()};
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_positional(); }))
    d.operands.push_back({option->get_name(true), option->get_description(),
                          option->get_expected_max() >= CLI::detail::expected_max_vector_size});
  for (const std::string& group : app.get_groups()) {
    const auto options = app.get_options(
        [&](const CLI::Option* o) { return !group.empty() && o->get_group() == group && o->nonpositional(); });
    if (options.empty()) continue;
    DefinedGroup& named = d.groups.emplace_back(DefinedGroup{group, {}});
    for (const CLI::Option* option : options) named.options.push_back(defined(*option));
  }
  return d;
}

}  // namespace

DefinedProgram definitions_of(const CLI::App& app) {
  DefinedProgram d{defined(app), {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); }))
    d.commands.push_back(defined(*command));
  return d;
}

std::vector<std::string> option_names(const DefinedCommand& command) {
  std::vector<std::string> names;
  for (const DefinedGroup& group : command.groups)
    for (const DefinedOption& option : group.options)
      names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

}  // namespace visionshard::cli
