#include "cli/help/command_help.h"

#include <CLI/CLI.hpp>

#include "cli/arguments/command_spec.h"

namespace visionshard::cli {
namespace {

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) return option->get_expected_max() > 1 ? " ..." : "";
    const std::string value = value_name(*option), &usual = option->get_default_str();
    return (value.empty() ? "" : " " + value) + (usual.empty() ? "" : "=" + usual);
  }
};

}  // namespace

std::string help_of(const CLI::App& app) {
  const std::string program = app.get_parent() == nullptr ? "" : app.get_parent()->get_name() + " ";
  return HelpFormatter().make_help(&app, program + app.get_name(), CLI::AppFormatMode::Normal);
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* const command :
       program.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); }))
    names.push_back(command->get_name());
  return names;
}

}  // namespace visionshard::cli
